// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/snapshot/records.hpp"
#include "envkeep/snapshot/unread_refs.hpp"
#include "snapshot/snapshot_record.hpp"
#include "snapshot/store_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace envkeep::snapshot {
namespace {

constexpr std::uint64_t largest_ref = 4096;

system::Place refs_of(const Shelf& shelf, const std::string& profile) {
    return shelf.store.place(store::names::refs).child(profile);
}

system::Place place_of(const Shelf& shelf, const std::string& profile, std::uint32_t number) {
    return refs_of(shelf, profile).child(ref_name(number));
}

// What is in a folder; nothing where there is none.
Result<std::vector<system::Entry>> listed(const Shelf& shelf, const system::Place& folder) {
    auto found = shelf.files.list(folder);
    if (!found && found.error().kind == ErrorKind::not_found) {
        return std::vector<system::Entry>{};
    }
    return found;
}

Result<Ref> read_ref(const Shelf& shelf, const std::string& profile, std::uint32_t number) {
    const system::Place place = place_of(shelf, profile, number);
    ENVKEEP_TRY(const std::string text, shelf.files.read_file(place, largest_ref));
    std::string id(trimmed(text));
    if (!is_plain_name(id)) {
        return failure(
            ErrorKind::io,
            fmt::format("damaged ref: {} names no snapshot", quoted(shelf.files.absolute(place))));
    }
    return Ref{.profile = profile, .number = number, .snapshot = std::move(id)};
}

std::vector<std::uint32_t> numbers_in(const std::vector<system::Entry>& entries) {
    std::vector<std::uint32_t> numbers;
    for (const system::Entry& entry : entries) {
        if (const std::uint32_t number = number_of_ref(entry.name); number > 0) {
            numbers.push_back(number);
        }
    }
    std::ranges::sort(numbers);
    return numbers;
}

Result<void> check_profile(const std::string& profile) {
    return is_plain_name(profile)
               ? Result<void>{}
               : failure(ErrorKind::unsafe_path,
                         fmt::format("{} is no name for a profile", quoted(profile)),
                         "take letters, digits, '.', '_', '-' and '+'");
}

Result<void> write_record(const Shelf& shelf, const Snapshot& snapshot) {
    const system::Place folder = shelf.store.place(store::names::snapshots);
    ENVKEEP_CHECK(shelf.writer->make_folders(folder, 0700));
    auto outcome =
        shelf.writer->write_file(folder.child(fmt::format("{}{}", snapshot.id, record_suffix)),
                                 record_text(snapshot),
                                 0600,
                                 std::nullopt);
    if (outcome || outcome.error().kind != ErrorKind::already_exists) {
        return outcome;
    }
    // From a publication that ended in a conflict.
    ENVKEEP_TRY(const Snapshot found, read_record(shelf, snapshot.id));
    return found == snapshot ? Result<void>{}
                             : failure(ErrorKind::conflict,
                                       fmt::format("there is another snapshot '{}'", snapshot.id));
}

}  // namespace

Result<Ref> publish(const Shelf& shelf, const Snapshot& snapshot, const std::optional<Ref>& after) {
    ENVKEEP_CHECK(check_profile(snapshot.profile));
    if (!is_plain_name(snapshot.id)) {
        return failure(ErrorKind::unsafe_path,
                       fmt::format("{} is no id of a snapshot", quoted(snapshot.id)));
    }
    ENVKEEP_CHECK(write_record(shelf, snapshot));
    const system::Place folder = refs_of(shelf, snapshot.profile);
    ENVKEEP_CHECK(shelf.writer->make_folders(folder, 0700));
    for (std::uint32_t number = after ? after->number + 1 : 1; number <= largest_ref_number;
         ++number) {
        const auto outcome = shelf.writer->write_file(
            folder.child(ref_name(number)), snapshot.id + '\n', 0600, std::nullopt);
        if (outcome) {
            return Ref{.profile = snapshot.profile, .number = number, .snapshot = snapshot.id};
        }
        if (outcome.error().kind != ErrorKind::already_exists) {
            return tl::unexpected(outcome.error());
        }
        // NFS may have lost the answer to us; and nobody gets past a ref that cannot be read.
        const auto there = read_ref(shelf, snapshot.profile, number);
        if (there && there->snapshot == snapshot.id) {
            return *there;
        }
        if (there) {
            return failure(
                ErrorKind::conflict,
                fmt::format("another session published snapshot '{}' meanwhile", there->snapshot));
        }
    }
    return failure(ErrorKind::io, "there are no numbers left for a snapshot");
}

Result<std::optional<Ref>> newest_ref(const Shelf& shelf, const std::string& profile) {
    ENVKEEP_CHECK(check_profile(profile));
    ENVKEEP_TRY(const std::vector<system::Entry> entries, listed(shelf, refs_of(shelf, profile)));
    std::vector<std::uint32_t> numbers = numbers_in(entries);
    std::ranges::reverse(numbers);
    for (const std::uint32_t number : numbers) {
        auto ref = read_ref(shelf, profile, number);
        if (ref) {
            return std::optional(*std::move(ref));
        }
    }
    return std::optional<Ref>{};
}

Result<SnapshotList> list_snapshots(const Shelf& shelf) {
    std::vector<UnreadRef> unread;
    return list_snapshots(shelf, unread);
}

Result<SnapshotList> list_snapshots(const Shelf& shelf, std::vector<UnreadRef>& unread) {
    SnapshotList list;
    ENVKEEP_TRY(const std::vector<system::Entry> profiles,
                listed(shelf, shelf.store.place(store::names::refs)));
    std::set<std::string> ids;
    for (const system::Entry& profile : profiles) {
        if (!is_plain_name(profile.name) || profile.kind != system::Kind::folder) {
            continue;
        }
        ENVKEEP_TRY(const std::vector<system::Entry> entries,
                    listed(shelf, refs_of(shelf, profile.name)));
        for (const std::uint32_t number : numbers_in(entries)) {
            auto ref = read_ref(shelf, profile.name, number);
            if (!ref) {
                list.problems.push_back(ref.error().message);
                unread.push_back({.ref = {.profile = profile.name, .number = number},
                                  .error = std::move(ref).error(),
                                  .place = place_of(shelf, profile.name, number)});
                continue;
            }
            ids.insert(ref->snapshot);
            list.refs.push_back(*std::move(ref));
        }
    }
    for (const std::string& id : ids) {
        auto snapshot = read_record(shelf, id);
        if (snapshot) {
            list.snapshots.push_back(*std::move(snapshot));
        } else {
            list.problems.push_back(snapshot.error().message);
            for (const Ref& ref : list.refs) {
                if (ref.snapshot == id) {
                    unread.push_back({.ref = ref,
                                      .error = snapshot.error(),
                                      .place = place_of(shelf, ref.profile, ref.number)});
                }
            }
        }
    }
    std::ranges::sort(list.snapshots, std::ranges::greater{}, &Snapshot::id);
    return list;
}

Result<Snapshot> find_snapshot(const SnapshotList& list, const std::string& id) {
    std::vector<const Snapshot*> found;
    std::string known;
    for (const Snapshot& snapshot : list.snapshots) {
        if (snapshot.id == id) {
            return snapshot;
        }
        if (!id.empty() && snapshot.id.starts_with(id)) {
            found.push_back(&snapshot);
        }
        known += known.empty() ? "" : ", ";
        known += snapshot.id;
    }
    if (found.size() == 1) {
        return *found.front();
    }
    return failure(
        ErrorKind::not_found,
        fmt::format("{} {}",
                    found.empty() ? "there is no snapshot" : "several snapshots begin with",
                    quoted(id)),
        known.empty() ? "there is none yet: 'envkeep snapshot' takes one"
                      : fmt::format("there are {}", printable(known)));
}

}  // namespace envkeep::snapshot

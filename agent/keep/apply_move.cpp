// SPDX-License-Identifier: MIT
#include "keep/apply_move.hpp"

#include "envkeep/core/text.hpp"
#include "keep/own_names.hpp"

#include <fmt/format.h>

#include <optional>

namespace envkeep::keep {
namespace {

using system::Kind;
using system::Place;

// Programs may put new names into a folder that is being emptied.
constexpr int most_rounds = 5;

// The folder alone, with its mode, owner and times.
Result<void> copy_only_folder(const Place& from, const Place& to, system::FileWriter& writer) {
    const system::CopyOptions options{.leaves_out = [](const RelPath&) { return true; }};
    ENVKEEP_CHECK(writer.copy(from, to, options, std::nullopt));
    return {};
}

Result<void> move_children(const Place& from, const Place& to, Work& work);

Result<void> move_child(const Place& from, const Place& to, Kind kind, Work& work) {
    Result<void> moved = work.writer.move(from, to);
    if (moved || kind != Kind::folder) {
        return moved;
    }
    if (moved.error().kind == ErrorKind::cross_device) {
        ENVKEEP_CHECK(copy_only_folder(from, to, work.writer));
        return move_children(from, to, work);
    }
    if (moved.error().kind == ErrorKind::already_exists) {
        return move_children(from, to, work);  // made anew since the last round
    }
    return moved;
}

Result<void> move_children(const Place& from, const Place& to, Work& work) {
    Result<void> removed;
    for (int round = 0; round < most_rounds; ++round) {
        ENVKEEP_TRY(const std::vector<system::Entry> entries, work.files.list(from));
        for (const system::Entry& entry : entries) {
            if (work.renew) {
                work.renew();
            }
            ENVKEEP_CHECK(
                move_child(from.child(entry.name), to.child(entry.name), entry.kind, work));
        }
        removed = work.writer.remove_empty_folder(from);
        if (removed || removed.error().kind != ErrorKind::conflict) {
            break;
        }
    }
    return removed;
}

// Half of it may be at `aside` now: what cannot be moved back is told with its place.
tl::unexpected<Error> moved_back(
    Work& work, const Place& place, const Place& aside, const Place& copy, Error error) {
    const Result<void> back = merge_into(aside, place, work.files, work.writer);
    if (back) {
        return tl::unexpected(std::move(error));
    }
    work.is_half_done = true;
    error.hint = fmt::format(
        "{} was moved in part, and could not be moved back ({}): the rest is in {}, "
        "a complete copy in {}",
        quoted(work.files.absolute(place)),
        back.error().message,
        quoted(work.files.absolute(aside)),
        quoted(work.files.absolute(copy)));
    return tl::unexpected(std::move(error));
}

// The copy is what is whole if we are killed half way. Once all is moved it is not needed any more:
// the old children themselves, and what could not be copied (sockets), are aside.
Result<void> move_by_children(Work& work, const Place& place, const Place& aside) {
    ENVKEEP_TRY(const Place copy, work.aside.take(place, ".copy"));
    const store::Change change{.kind = store::Change::Kind::copied,
                               .path = work.files.absolute(copy),
                               .other = work.files.absolute(place)};
    Result<void> copied = journaled(work, {change}, [&]() -> Result<void> {
        ENVKEEP_CHECK(work.writer.copy(place, copy, {.before_each = work.renew}, std::nullopt));
        return {};
    });
    if (!copied) {
        work.aside.give_back(copy);
        return copied;
    }
    Result<void> moved = copy_only_folder(place, aside, work.writer);
    if (moved) {
        moved = move_children(place, aside, work);
    }
    if (!moved) {
        moved = moved_back(work, place, aside, copy, std::move(moved).error());
    }
    if (!work.is_half_done) {
        if (const Result<void> removed = work.writer.remove_own_tree(copy); !removed) {
            remark(work, fmt::format("a copy remains in {}", quoted(work.files.absolute(copy))));
        }
        work.aside.give_back(copy);
    }
    return moved;
}

// Only after the move it is certain what stood there.
Result<void> check_what_came(Work& work,
                             const Place& place,
                             const Place& aside,
                             const system::Status& seen,
                             const std::string& target) {
    Result<void> is_it = check_still(work.files, aside, seen, target);
    if (is_it) {
        return is_it;
    }
    if (const Result<void> back = work.writer.move(aside, place); !back) {
        work.is_half_done = true;
        is_it.error().hint = fmt::format("what stood at {} is at {} now",
                                         quoted(work.files.absolute(place)),
                                         quoted(work.files.absolute(aside)));
    }
    return is_it;
}

}  // namespace

Result<void> move_apart(Work& work,
                        const Place& from,
                        const Place& to,
                        const system::Status& seen,
                        const std::string& target) {
    Result<void> moved = work.writer.move(from, to);
    if (moved) {
        return check_what_came(work, from, to, seen, target);
    }
    if (moved.error().kind != ErrorKind::cross_device || seen.kind != Kind::folder) {
        return moved;
    }
    ENVKEEP_CHECK(check_still(work.files, from, seen, target));
    return move_by_children(work, from, to);
}

Result<void> merge_into(const Place& from,
                        const Place& to,
                        system::FileReader& files,
                        system::FileWriter& writer) {
    ENVKEEP_TRY(const system::Status source, files.status(from));
    if (source.kind == Kind::absent) {
        return {};
    }
    ENVKEEP_TRY(const system::Status target, files.status(to));
    if (target.kind == Kind::absent) {
        return writer.move(from, to);
    }
    if (source.kind != Kind::folder || target.kind != Kind::folder) {
        return failure(ErrorKind::conflict,
                       fmt::format("{} is in the way", quoted(files.absolute(to))));
    }
    ENVKEEP_TRY(const std::vector<system::Entry> entries, files.list(from));
    for (const system::Entry& entry : entries) {
        // A folder that was about to be made when the move was cut short.
        const bool is_half_made =
            is_own_name(entry.name) && writer.remove_empty_folder(from.child(entry.name));
        if (!is_half_made) {
            ENVKEEP_CHECK(merge_into(from.child(entry.name), to.child(entry.name), files, writer));
        }
    }
    return writer.remove_empty_folder(from);
}

}  // namespace envkeep::keep

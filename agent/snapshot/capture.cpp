// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/capture.hpp"

#include "envkeep/core/text.hpp"
#include "snapshot/entry_status.hpp"
#include "snapshot/find_deletions.hpp"
#include "snapshot/find_path.hpp"
#include "snapshot/walk_session.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace envkeep::snapshot {
namespace {

using system::Kind;

constexpr std::uint32_t readable_by_others = 0004;

// Builds the layer from what the walk met.
class Builder {
  public:
    Builder(const Scope& scope,
            const Before& before,
            const Roots& roots,
            const GroupOf& group_of,
            const CaptureTools& tools)
        : scope_(scope), before_(before), roots_(roots), group_of_(group_of), tools_(tools) {}

    Result<Capture> build(SessionWalk walk) {
        ENVKEEP_CHECK(add_folders_above(walk.changed));
        changed_ = &walk.changed;
        capture_.left_out = std::move(walk.left_out);
        capture_.unreadable = std::move(walk.errors);
        Layer& layer = capture_.layer;
        layer.home = '/' + scope_.home;
        layer.entries.reserve(walk.changed.size());
        for (const SeenPath& seen : walk.changed) {
            carry_unseen(walk.unseen, &seen.path);
            add(seen);
        }
        carry_unseen(walk.unseen, nullptr);
        add_deletions(walk.changed);
        if (before_.layer != nullptr) {
            layer.packs = before_.layer->packs;
        }
        order_for_packs(capture_);
        return std::move(capture_);
    }

  private:
    // A layer stands by itself: what its files lie in belongs to it, even if only they changed.
    Result<void> add_folders_above(std::vector<SeenPath>& changed) {
        std::unordered_set<std::string_view> known;
        for (const SeenPath& seen : changed) {
            if (seen.status.kind == Kind::folder) {
                known.insert(seen.path);
            }
        }
        std::deque<SeenPath> missing;
        std::string_view last;
        for (const SeenPath& seen : changed) {
            std::string_view path = folder_of(seen.path);
            if (path == last) {
                continue;
            }
            last = path;
            for (; !path.empty() && !known.contains(path); path = folder_of(path)) {
                std::string above(path);
                ENVKEEP_TRY(const system::Place place, roots_.place_of(above));
                ENVKEEP_TRY(const system::Status status, tools_.files.status(place));
                missing.push_back({.path = std::move(above), .status = status});
                known.insert(missing.back().path);
            }
        }
        const auto old = static_cast<std::ptrdiff_t>(changed.size());
        std::ranges::move(missing, std::back_inserter(changed));
        std::ranges::sort(changed.begin() + old, changed.end(), comes_before, &SeenPath::path);
        std::ranges::inplace_merge(changed, changed.begin() + old, comes_before, &SeenPath::path);
        return {};
    }

    // What could not be looked at stays as the earlier layer has it, with the folders that it is
    // in: of those that come before `next`, which was seen.
    void carry_unseen(const std::vector<std::string>& unseen, const std::string* next) {
        if (before_.layer == nullptr || unseen.empty()) {
            return;
        }
        const std::vector<Entry>& entries = before_.layer->entries;
        for (; at_carried_ < entries.size(); ++at_carried_) {
            const Entry& entry = entries[at_carried_];
            if (next != nullptr && !comes_before(entry.path, *next)) {
                at_carried_ += entry.path == *next ? 1U : 0U;
                return;
            }
            const bool is_unseen = std::ranges::any_of(unseen, [&](const std::string& path) {
                return is_path_within(entry.path, path) ||
                       (entry.kind == EntryKind::folder && is_path_within(path, entry.path));
            });
            if (is_unseen) {
                carry(entry);
            }
        }
    }

    void carry(Entry entry) {
        if (is_omitted_by_now(entry)) {
            return;
        }
        const std::optional<std::uint32_t> in_group =
            index_of(before_.layer->groups.at(entry.group));
        const bool is_alone = entry.kind == EntryKind::hard_link &&
                              find_path(capture_.layer.entries, entry.target) == nullptr;
        if (in_group && !is_alone) {
            entry.group = *in_group;
            capture_.carried.push_back(capture_.layer.entries.size());
            push(std::move(entry), Packed::already);
        }
    }

    // The manifest may say otherwise than when the layer was taken. Folders come before what is in
    // them.
    bool is_omitted_by_now(const Entry& entry) {
        const bool is_in_one = !omitted_.empty() && is_path_within(entry.path, omitted_);
        if (!is_in_one && scope_.omission_of(entry.path, kind_of(entry.kind)) == Omission::none) {
            return false;
        }
        omitted_ = is_in_one ? omitted_ : entry.path;
        return true;
    }

    void add(const SeenPath& seen) {
        if (seen.status.kind == Kind::file && seen.status.links > 1) {
            std::string& first = first_names_[{seen.status.device, seen.status.inode}];
            if (!first.empty() && find_path(capture_.layer.entries, first) != nullptr) {
                add_hard_link(seen, first);
                return;
            }
            first = seen.path;  // also where an earlier name of it was left out
        }
        const std::optional<std::uint32_t> in_group = group(seen.path);
        if (!in_group) {
            capture_.left_out.push_back({.path = seen.path, .why = Omission::excluded});
            return;
        }
        if (holds_secret(seen, capture_.layer.groups[*in_group])) {
            capture_.left_out.push_back({.path = seen.path, .why = Omission::secret});
            return;
        }
        const Entry* before = find_before(seen.path);
        if (before != nullptr && is_unchanged(*before, seen.status)) {
            Entry entry = *before;
            entry.group = *in_group;
            push(std::move(entry), Packed::already);
            return;
        }
        Entry entry{.path = seen.path, .attributes = rights_of(seen.status), .group = *in_group};
        if (seen.status.kind == Kind::link && !add_target(entry)) {
            if (before != nullptr) {
                carry(*before);
            }
            return;
        }
        if (seen.status.kind == Kind::file) {
            entry.kind = EntryKind::file;
            entry.size = seen.status.size;
            entry.is_sparse = has_holes(seen.status);
            capture_.bytes_to_pack += entry.size;
            if (!before_.is_stored || !before_.is_stored(entry.path, entry.size)) {
                capture_.bytes_to_store += std::min(entry.size, seen.status.allocated);
            }
        }
        if (seen.status.kind == Kind::folder) {
            entry.attributes.extended = extended_of_folder(seen.path);
        }
        push(std::move(entry), Packed::not_yet);
    }

    // Paths come in the order of layers, so that this goes once through the other one.
    const Entry* find_before(const std::string& path) {
        if (before_.layer == nullptr) {
            return nullptr;
        }
        const std::vector<Entry>& entries = before_.layer->entries;
        while (at_before_ < entries.size() && comes_before(entries[at_before_].path, path)) {
            ++at_before_;
        }
        const bool is_there = at_before_ < entries.size() && entries[at_before_].path == path;
        return is_there ? &entries[at_before_] : nullptr;
    }

    void add_hard_link(const SeenPath& seen, const std::string& first) {
        const std::optional<std::uint32_t> in_group = group(seen.path);
        if (!in_group) {
            capture_.left_out.push_back({.path = seen.path, .why = Omission::excluded});
            return;
        }
        push({.path = seen.path,
              .kind = EntryKind::hard_link,
              .attributes = rights_of(seen.status),
              .group = *in_group,
              .target = first,
              .size = seen.status.size},
             Packed::not_yet);
    }

    [[nodiscard]] bool is_unchanged(const Entry& entry, const system::Status& status) const {
        return before_.layer_holds_until && status.changed < *before_.layer_holds_until &&
               entry.kind != EntryKind::hard_link && has_bytes_of(entry, status) &&
               has_rights_of(entry, status, true) &&
               (entry.kind != EntryKind::folder || status.modified == entry.attributes.modified);
    }

    // False where it cannot be read: that is told.
    bool add_target(Entry& entry) {
        entry.kind = EntryKind::link;
        Result<std::string> target =
            roots_.place_of(entry.path).and_then([&](const system::Place& place) {
                return tools_.files.read_link(place);
            });
        if (!target) {
            capture_.unreadable.push_back(std::move(target).error());
            return false;
        }
        entry.target = *std::move(target);
        return true;
    }

    std::vector<system::ExtendedAttribute> extended_of_folder(const std::string& path) {
        auto found = roots_.place_of(path)
                         .and_then([&](const system::Place& place) {
                             return tools_.reader.read_folder(place);
                         })
                         .and_then([](const std::shared_ptr<system::FolderReader>& folder) {
                             return folder->extended();
                         });
        // One that we may not look into is told by the walk.
        if (!found && found.error().kind != ErrorKind::permission_denied) {
            capture_.unreadable.push_back(found.error());
        }
        return std::move(found).value_or(std::vector<system::ExtendedAttribute>{});
    }

    // Also of what the layer before has: then it was asked for.
    [[nodiscard]] bool holds_secret(const SeenPath& seen, const Group& group) const {
        if (scope_.with_secrets || seen.status.kind != Kind::file) {
            return false;
        }
        system::Status status = seen.status;
        if (is_closed_by_umask(seen, group)) {
            status.mode |= readable_by_others;
        }
        const Result<system::Place> place = roots_.place_of(seen.path);
        return place && is_secret(seen.path, status, *place, tools_.files);
    }

    // A file that not all may read is meant to be so, but for those of a package in whose folders
    // nobody may look: there a umask closed all that was installed. dpkg cares for none.
    [[nodiscard]] bool is_closed_by_umask(const SeenPath& seen, const Group& group) const {
        if ((seen.status.mode & readable_by_others) != 0 || !group.is_package() ||
            group.domain == Domain::apt) {
            return false;
        }
        const SeenPath* const folder = find_path(*changed_, std::string(folder_of(seen.path)));
        return folder != nullptr && (folder->status.mode & readable_by_others) == 0;
    }

    static system::Attributes rights_of(const system::Status& status) {
        return {
            .mode = status.mode, .uid = status.uid, .gid = status.gid, .modified = status.modified};
    }

    std::optional<std::uint32_t> group(const std::string& path) {
        return index_of(group_of_(path));
    }

    // None where that group is not wanted.
    std::optional<std::uint32_t> index_of(Group wanted) {
        if (before_.is_wanted && !before_.is_wanted(wanted)) {
            return std::nullopt;
        }
        std::vector<Group>& groups = capture_.layer.groups;
        if (!groups.empty() && groups[last_group_] == wanted) {
            return last_group_;
        }
        const auto key = std::pair(wanted.domain, wanted.place + '\n' + wanted.name);
        const auto [found, is_new] =
            groups_.try_emplace(key, static_cast<std::uint32_t>(groups.size()));
        if (is_new) {
            groups.push_back(std::move(wanted));
        }
        last_group_ = found->second;
        return last_group_;
    }

    void add_deletions(const std::vector<SeenPath>& changed) {
        std::vector<Deletion> known;
        if (before_.layer != nullptr) {
            known = still_deleted(before_.layer->deletions, scope_, roots_, tools_.files);
        }
        std::vector<Deletion> found;
        if (before_.image != nullptr) {
            found = find_deletions(*before_.image, changed, scope_, roots_, tools_.files);
        }
        const GroupOf& group_of = before_.group_of_deleted ? before_.group_of_deleted : group_of_;
        for (const Deletion& deletion : found) {
            if (find_path(known, deletion.path) == nullptr) {
                add_deletion(deletion, group_of(deletion.path));
            }
        }
        // What was told when it had just gone is known better than what can be told by now.
        for (const Deletion& deletion : known) {
            add_deletion(deletion, before_.layer->groups.at(deletion.group));
        }
        std::ranges::sort(capture_.layer.deletions, comes_before, &Deletion::path);
    }

    void add_deletion(Deletion deletion, const Group& of) {
        if (const std::optional<std::uint32_t> in_group = index_of(of)) {
            deletion.group = *in_group;
            capture_.layer.deletions.push_back(std::move(deletion));
        }
    }

    enum class Packed { not_yet, already };

    void push(Entry entry, Packed packed) {
        if (packed == Packed::not_yet) {
            capture_.to_pack.push_back(capture_.layer.entries.size());
        }
        capture_.layer.entries.push_back(std::move(entry));
    }

    const Scope& scope_;
    const Before& before_;
    const Roots& roots_;
    const GroupOf& group_of_;
    const CaptureTools& tools_;
    const std::vector<SeenPath>* changed_ = nullptr;
    Capture capture_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> first_names_;
    std::map<std::pair<Domain, std::string>, std::uint32_t> groups_;
    std::uint32_t last_group_ = 0;
    std::size_t at_carried_ = 0;
    std::string omitted_;        // of what could be carried, the last that is not
    std::size_t at_before_ = 0;  // what lies before it is before all that is still to come
};

bool holds_any(const Layer& layer, const std::string& folder) {
    const auto at = std::ranges::lower_bound(layer.entries, folder, comes_before, &Entry::path);
    return at != layer.entries.end() && is_path_within(at->path, folder);
}

}  // namespace

void order_for_packs(Capture& capture) {
    const std::vector<Entry>& entries = capture.layer.entries;
    std::vector<unsigned> stage(entries.size());
    for (const std::size_t i : capture.to_pack) {
        stage[i] = entries[i].kind == EntryKind::folder ? 0 : stage_of(entries[i].path);
    }
    std::ranges::sort(capture.to_pack, {}, [&](std::size_t i) { return std::pair(stage[i], i); });
}

Result<Capture> capture(const Scope& scope,
                        const Before& before,
                        const Roots& roots,
                        const GroupOf& group_of,
                        const CaptureTools& tools) {
    ENVKEEP_TRY(SessionWalk walk, walk_session(scope, before.session_began, roots, tools));
    // What a mount hides is not gone.
    std::ranges::copy_if(scope.mounts, std::back_inserter(walk.unseen), [&](const auto& mount) {
        return before.layer != nullptr && holds_any(*before.layer, mount);
    });
    return Builder(scope, before, roots, group_of, tools).build(std::move(walk));
}

}  // namespace envkeep::snapshot

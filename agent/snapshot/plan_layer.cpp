// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/plan_layer.hpp"

#include "envkeep/core/text.hpp"
#include "snapshot/entry_status.hpp"
#include "snapshot/find_path.hpp"
#include "snapshot/held_here.hpp"

#include <algorithm>
#include <string>

namespace envkeep::snapshot {
namespace {

using system::Kind;
using system::Status;

// One for each group.
std::vector<bool> wanted_ones(const std::vector<Group>& groups, const LayerContext& context) {
    std::vector<bool> wanted(groups.size(), true);
    if (context.is_wanted) {
        std::transform(groups.begin(), groups.end(), wanted.begin(), context.is_wanted);
    }
    return wanted;
}

class LayerPlanner {
  public:
    LayerPlanner(const Layer& layer, const LayerSeen& seen, const LayerContext& context)
        : layer_(layer),
          seen_(seen),
          context_(context),
          is_wanted_(wanted_ones(layer.groups, context)),
          has_step_(layer.entries.size(), false),
          is_made_(layer.entries.size(), false) {}

    LayerPlan plan() {
        const bool is_all_wanted =
            std::find(is_wanted_.begin(), is_wanted_.end(), false) == is_wanted_.end();
        for (std::size_t i = 0; i < layer_.entries.size(); ++i) {
            if (is_all_wanted || is_wanted(layer_.entries[i])) {
                plan_entry(i);
            }
            if (!is_all_wanted && has_step_[i]) {
                plan_folders_above(layer_.entries[i].path);
            }
        }
        plan_deletions();
        plan_leftovers();
        // What is in a folder goes before it.
        std::ranges::stable_sort(plan_.removals, comes_before, &LayerRemoval::path);
        std::ranges::reverse(plan_.removals);
        std::ranges::stable_sort(plan_.unseen, comes_before, &Unseen::path);
        plan_.unseen.erase(std::unique(plan_.unseen.begin(), plan_.unseen.end()),
                           plan_.unseen.end());
        refresh_folders();
        return std::move(plan_);
    }

  private:
    // A further name comes with its file, or not at all.
    [[nodiscard]] bool is_wanted(const Entry& entry) const {
        const Entry* const first =
            entry.kind == EntryKind::hard_link ? find_path(layer_.entries, entry.target) : &entry;
        return is_wanted_.at(entry.group) && first != nullptr && is_wanted_.at(first->group);
    }

    // What is wanted brings the folders that it lies in, whosever they are.
    void plan_folders_above(const std::string& path) {
        const Entry* folder = find_path(layer_.entries, std::string(folder_of(path)));
        while (folder != nullptr) {
            const auto i = static_cast<std::size_t>(folder - layer_.entries.data());
            if (has_step_[i] || seen_.entries[i].kind == Kind::folder) {
                return;
            }
            plan_entry(i);
            folder = find_path(layer_.entries, std::string(folder_of(folder->path)));
        }
    }

    void plan_entry(std::size_t i) {
        const Entry& entry = layer_.entries[i];
        const Status& status = seen_.entries[i];
        if (status.kind == Kind::absent) {
            note_unseen(seen_, entry.path);
            step(i, LayerChange::make);
        } else if (!has_same_bytes(i)) {
            make_room(i);
        } else if (may_set(status) && !has_rights_of(entry, status, context_.may_set_owners)) {
            step(i, entry.kind == EntryKind::link ? LayerChange::replace : LayerChange::attributes);
        } else if (may_have_other_extended(i)) {
            step(i, LayerChange::attributes);
        }
    }

    void note_unseen(const LayerSeen& seen, const std::string& path) {
        if (const Unseen* const unseen = find_path(seen.unseen, path)) {
            plan_.unseen.push_back(*unseen);
        }
    }

    // Times and rights of what is another's are set by nobody but them and root.
    [[nodiscard]] bool may_set(const Status& status) const {
        return context_.may_set_owners || status.uid == context_.user;
    }

    // Extended attributes show in no status: only of what stands as we held it are they known.
    [[nodiscard]] bool may_have_other_extended(std::size_t i) const {
        const Entry& entry = layer_.entries[i];
        const Status& status = seen_.entries[i];
        const bool has_own = entry.kind == EntryKind::file || entry.kind == EntryKind::folder;
        if (!has_own || !may_set(status)) {
            return false;
        }
        const Entry* const held = held_at(context_, layer_, entry, status);
        if (held != nullptr) {
            return held->attributes.extended != entry.attributes.extended;
        }
        // What came since was made by us, whole; what the image brought may have any.
        return !entry.attributes.extended.empty() || !context_.image_until ||
               status.changed < *context_.image_until;
    }

    [[nodiscard]] bool has_same_bytes(std::size_t i) {
        const Entry& entry = layer_.entries[i];
        const Status& status = seen_.entries[i];
        if (entry.kind != EntryKind::hard_link) {
            return has_bytes_of(entry, status) && !is_lookalike(i);
        }
        const Entry* const first = find_path(layer_.entries, entry.target);
        if (first == nullptr) {
            return false;
        }
        // Where its file is made anew, it would go on naming the old one.
        const auto of_first = static_cast<std::size_t>(first - layer_.entries.data());
        return !is_made_[of_first] && seen_.entries[of_first].is_same_file(status);
    }

    // What looks the same and is known to be something else.
    [[nodiscard]] bool is_lookalike(std::size_t i) const {
        if (std::ranges::binary_search(seen_.others, i)) {
            return true;
        }
        const Entry& entry = layer_.entries[i];
        const Entry* const held = held_at(context_, layer_, entry, seen_.entries[i]);
        return held != nullptr && !has_content_of(*context_.held, *held, entry);
    }

    void make_room(std::size_t i) {
        const Entry& entry = layer_.entries[i];
        const Status& status = seen_.entries[i];
        const bool is_folder_in_the_way =
            (status.kind == Kind::folder) != (entry.kind == EntryKind::folder);
        if (is_folder_in_the_way || status.kind == Kind::other || !is_held(entry.path, status)) {
            plan_.aside.push_back(i);
            step(i, LayerChange::make);
        } else {
            step(i, LayerChange::replace);
        }
    }

    // The image's, or in the store.
    [[nodiscard]] bool is_held(const std::string& path, const Status& status) const {
        if (is_of_image(context_, path, status) || is_brought(path)) {
            return true;
        }
        const Entry* held =
            context_.held == nullptr ? nullptr : find_path(context_.held->entries, path);
        return held != nullptr && is_unchanged(context_, *held, status);
    }

    [[nodiscard]] bool is_brought(const std::string& path) const {
        const Brought* const brought = find_path(context_.brought, path);
        return brought != nullptr && brought->seen.kind != Kind::absent;
    }

    void step(std::size_t i, LayerChange change) {
        plan_.steps.push_back({.entry = i, .change = change, .seen = seen_.entries[i]});
        has_step_[i] = true;
        is_made_[i] = change != LayerChange::attributes;
        touch(layer_.entries[i].path);
    }

    void touch(const std::string& path) {
        if (const Entry* folder = find_path(layer_.entries, std::string(folder_of(path)))) {
            touched_.push_back(static_cast<std::size_t>(folder - layer_.entries.data()));
        }
    }

    void plan_deletions() {
        for (std::size_t i = 0; i < layer_.deletions.size(); ++i) {
            const Deletion& deletion = layer_.deletions[i];
            const Status& status = seen_.deletions[i];
            if (!is_wanted_.at(deletion.group)) {
                continue;
            }
            if (status.kind == Kind::absent) {
                note_unseen(seen_, deletion.path);
                continue;
            }
            // What was removed from a folder of the image changes that folder's time, no more.
            const bool is_as_then =
                status.kind == kind_of(deletion.kind) &&
                (status.kind == Kind::folder ||
                 (status.size == deletion.size && status.modified == deletion.modified &&
                  is_of_image(context_, deletion.path, status)));
            if (is_as_then) {
                remove(deletion.path, status);
            } else {
                plan_.stay.push_back(deletion.path);
            }
        }
    }

    // What other layers brought and this one does not have.
    void plan_leftovers() {
        if (context_.held != nullptr && context_.held_seen != nullptr) {
            plan_leftovers_of_held();
        }
        for (const Brought& one : context_.brought) {
            const bool is_told = context_.held_seen != nullptr &&
                                 (find_path(context_.held->entries, one.path) != nullptr ||
                                  find_path(context_.held->deletions, one.path) != nullptr);
            if (!is_told && find_path(layer_.entries, one.path) == nullptr &&
                (!context_.is_wanted || context_.is_wanted(one.group))) {
                leave(one.path, one.seen);
            }
        }
    }

    void plan_leftovers_of_held() {
        const std::vector<Entry>& held = context_.held->entries;
        const std::vector<bool> is_wanted = wanted_ones(context_.held->groups, context_);
        for (std::size_t i = 0; i < held.size(); ++i) {
            const Status& status = context_.held_seen->entries[i];
            if (!is_wanted.at(held[i].group) ||
                find_path(layer_.entries, held[i].path) != nullptr) {
                continue;
            }
            if (status.kind == Kind::absent) {
                note_unseen(*context_.held_seen, held[i].path);
                continue;
            }
            if (is_unchanged(context_, held[i], status) || is_brought(held[i].path)) {
                leave(held[i].path, status);
            } else if (held[i].kind != EntryKind::folder) {
                plan_.stay.push_back(held[i].path);
            }
        }
        for (const Deletion& deletion : context_.held->deletions) {
            if (is_wanted.at(deletion.group) &&
                find_path(layer_.deletions, deletion.path) == nullptr &&
                find_path(layer_.entries, deletion.path) == nullptr) {
                plan_.lost_of_image.push_back(deletion.path);
            }
        }
    }

    void leave(const std::string& path, const Status& status) {
        if (status.kind != Kind::absent && is_not_in_image(path)) {
            remove(path, status);
        } else if (status.kind != Kind::folder) {
            plan_.lost_of_image.push_back(path);
        }
    }

    // For certain.
    [[nodiscard]] bool is_not_in_image(const std::string& path) const {
        return context_.image != nullptr && covers(*context_.image, path) &&
               find_path(context_.image->entries, path) == nullptr;
    }

    void remove(const std::string& path, const Status& status) {
        plan_.removals.push_back({.path = path, .seen = status});
        touch(path);
    }

    // What is made in a folder, or removed from it, changes its time of modification.
    void refresh_folders() {
        std::ranges::sort(touched_);
        touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
        for (const std::size_t i : touched_) {
            if (!has_step_[i] && may_set(seen_.entries[i])) {
                has_step_[i] = true;
                plan_.steps.push_back(
                    {.entry = i, .change = LayerChange::attributes, .seen = seen_.entries[i]});
            }
        }
        std::ranges::sort(plan_.steps, {}, &LayerStep::entry);
    }

    const Layer& layer_;
    const LayerSeen& seen_;
    const LayerContext& context_;
    LayerPlan plan_;
    std::vector<bool> is_wanted_;  // one for each group of the layer
    std::vector<bool> has_step_;
    std::vector<bool> is_made_;  // a new file, with a new inode
    std::vector<std::size_t> touched_;
};

}  // namespace

bool is_of_image(const LayerContext& context, const std::string& path, const Status& status) {
    if (context.image_until) {
        return status.changed < *context.image_until &&
               (!context.image_seen_at || status.modified <= *context.image_seen_at);
    }
    const ImageEntry* const entry =
        context.image == nullptr ? nullptr : find_entry(*context.image, path);
    if (entry == nullptr || status.kind != kind_of(entry->kind)) {
        return false;
    }
    const std::uint64_t size = entry->kind == EntryKind::link ? entry->target.size() : entry->size;
    return status.kind == Kind::folder ||
           (status.size == size && status.modified == entry->modified);
}

LayerPlan plan_layer(const Layer& layer, const LayerSeen& seen, const LayerContext& context) {
    return LayerPlanner(layer, seen, context).plan();
}

}  // namespace envkeep::snapshot

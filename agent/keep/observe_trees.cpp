// SPDX-License-Identifier: MIT
#include "keep/observe_trees.hpp"

#include "keep/own_names.hpp"

#include <algorithm>

namespace envkeep::keep {
namespace {

using system::Kind;
using system::Place;
using system::Status;

class Comparison {
  public:
    Comparison(const TreePair& pair, const IsKnownSame& is_known_same, system::FileReader& files)
        : pair_(pair), is_known_same_(is_known_same), files_(files) {}

    Result<TreeComparison> compare() {
        ENVKEEP_CHECK(compare_folder({}));
        return std::move(found_);
    }

    Result<TreeComparison> scan() {
        ENVKEEP_CHECK(scan_folder({}));
        return std::move(found_);
    }

  private:
    Place home(const RelPath& below) const {
        return {.root = pair_.home.root, .path = pair_.home.path.joined(below)};
    }

    Place store(const RelPath& below) const {
        return {.root = pair_.store.root, .path = pair_.store.path.joined(below)};
    }

    Result<void> compare_folder(const RelPath& below) {
        ENVKEEP_TRY(const std::vector<system::Entry> here, files_.list(home(below)));
        ENVKEEP_TRY(const std::vector<system::Entry> there, files_.list(store(below)));
        auto stored = there.begin();
        for (const system::Entry& entry : here) {
            while (stored != there.end() && stored->name < entry.name) {
                note_only_in_store(below, *stored++);
            }
            const bool is_in_both = stored != there.end() && stored->name == entry.name;
            const RelPath path = below.child(entry.name);
            if (counts(path)) {
                ENVKEEP_CHECK(is_in_both ? compare_entry(path, entry, *stored)
                                         : note_missing(path, entry));
            }
            stored += is_in_both ? 1 : 0;
        }
        for (; stored != there.end(); ++stored) {
            note_only_in_store(below, *stored);
        }
        return {};
    }

    // Also takes note of why an entry of the home does not count.
    bool counts(const RelPath& path) {
        found_.home_is_empty = false;
        if (is_left_out(path)) {
            found_.holds_left_out = true;
            return false;
        }
        // It may be the user's, who named it so: it is not taken over, but must not count as held.
        const bool is_own = is_own_name(path.name());
        found_.holds_left_out = found_.holds_left_out || is_own;
        return !is_own;
    }

    bool is_left_out(const RelPath& path) const {
        return std::binary_search(pair_.leaves_out.begin(), pair_.leaves_out.end(), path);
    }

    void note_only_in_store(const RelPath& below, const system::Entry& entry) {
        RelPath path = below.child(entry.name);
        if (!is_own_name(entry.name) && !is_left_out(path)) {
            found_.only_in_store.push_back(std::move(path));
        }
    }

    Result<void> note_missing(const RelPath& path, const system::Entry& entry) {
        ENVKEEP_TRY(const Status status, look_at_home(path));
        if (status.kind == Kind::other || status.kind == Kind::absent) {
            return {};
        }
        Difference missing{.path = path, .home = status};
        if (entry.kind == Kind::link) {
            ENVKEEP_TRY(missing.home_target, files_.read_link(home(path)));
            // A link of ours that leads to nothing: there is nothing to be seeded.
            if (is_our_link(missing)) {
                return {};
            }
        }
        found_.missing_in_store.push_back(std::move(missing));
        return status.kind == Kind::folder && found_.way_to_store.empty() ? scan_folder(path)
                                                                          : Result<void>{};
    }

    Result<void> scan_folder(const RelPath& below) {
        ENVKEEP_TRY(const std::vector<system::Entry> here, files_.list(home(below)));
        for (const system::Entry& entry : here) {
            const RelPath path = below.child(entry.name);
            if (!counts(path)) {
                continue;
            }
            ENVKEEP_TRY(const Status status, look_at_home(path));
            if (status.kind == Kind::folder && found_.way_to_store.empty()) {
                ENVKEEP_CHECK(scan_folder(path));
            }
        }
        return {};
    }

    Result<Status> look_at_home(const RelPath& path) {
        ENVKEEP_TRY(const Status status, files_.status(home(path)));
        if (status.is_mount_point && found_.mount_point.empty()) {
            found_.mount_point = files_.absolute(home(path));
        }
        const bool is_way = std::any_of(
            pair_.above_source.begin(), pair_.above_source.end(), [&](const Status& above) {
                return status.kind == Kind::folder && status.is_same_file(above);
            });
        if (is_way) {
            found_.way_to_store = files_.absolute(home(path));
        }
        return status;
    }

    Result<void> compare_entry(const RelPath& path,
                               const system::Entry& here,
                               const system::Entry& there) {
        ENVKEEP_TRY(const Status home_status, look_at_home(path));
        if (home_status.kind == Kind::other || !found_.way_to_store.empty()) {
            return {};
        }
        if (here.kind == Kind::folder && there.kind == Kind::folder) {
            return compare_folder(path);
        }
        Difference both{.path = path, .home = home_status};
        ENVKEEP_TRY(both.store, files_.status(store(path)));
        if (both.home.kind == Kind::link) {
            ENVKEEP_TRY(both.home_target, files_.read_link(home(path)));
        }
        if (both.store.kind == Kind::link) {
            ENVKEEP_TRY(both.store_target, files_.read_link(store(path)));
        }
        ENVKEEP_TRY(const bool is_same, are_same(both));
        if (!is_same) {
            found_.differing.push_back(std::move(both));
        }
        return {};
    }

    bool is_our_link(const Difference& both) {
        const bool is_ours = both.home_target == files_.absolute(store(both.path));
        found_.holds_our_links = found_.holds_our_links || is_ours;
        return is_ours;
    }

    Result<bool> are_same(const Difference& both) {
        if (both.home.kind == Kind::link) {
            // It may be a link of ours, from a time when this name was kept alone.
            return is_our_link(both) ||
                   (both.store.kind == Kind::link && both.home_target == both.store_target);
        }
        if (both.home.kind != Kind::file || both.store.kind != Kind::file ||
            both.home.size != both.store.size) {
            return false;
        }
        if (is_known_same_ && is_known_same_(home(both.path), both.home, both.store)) {
            return true;
        }
        return files_.has_same_bytes(home(both.path), store(both.path));
    }

    const TreePair& pair_;
    const IsKnownSame& is_known_same_;
    system::FileReader& files_;
    TreeComparison found_;
};

}  // namespace

Sameness TreeComparison::sameness() const {
    if (!missing_in_store.empty() || !differing.empty()) {
        return Sameness::differs;
    }
    return only_in_store.empty() ? Sameness::same : Sameness::home_is_subset;
}

Result<TreeComparison> compare_trees(const TreePair& pair,
                                     const IsKnownSame& is_known_same,
                                     system::FileReader& files) {
    return Comparison(pair, is_known_same, files).compare();
}

Result<TreeComparison> scan_tree(const TreePair& pair, system::FileReader& files) {
    const IsKnownSame nothing;
    return Comparison(pair, nothing, files).scan();
}

}  // namespace envkeep::keep

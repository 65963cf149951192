// SPDX-License-Identifier: MIT
#include "git/in_the_way.hpp"

#include "envkeep/core/rel_path.hpp"
#include "git/state.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::git {
namespace {

const Step* step_at(const std::vector<Step>& steps, const std::string& path) {
    const auto step = std::ranges::lower_bound(steps, path, {}, &Step::path);
    return step != steps.end() && step->path == path ? &*step : nullptr;
}

bool is_either(const git_oid& id, const Step& step) {
    return git_oid_equal(&id, &step.old_id) != 0 || git_oid_equal(&id, &step.new_id) != 0;
}

constexpr unsigned in_index = GIT_STATUS_INDEX_NEW | GIT_STATUS_INDEX_MODIFIED |
                              GIT_STATUS_INDEX_DELETED | GIT_STATUS_INDEX_RENAMED |
                              GIT_STATUS_INDEX_TYPECHANGE;
constexpr unsigned in_folder = GIT_STATUS_WT_MODIFIED | GIT_STATUS_WT_TYPECHANGE;

// A submodule is moved after its parent: where a run was killed between the two, it still stands at
// the commit before.
bool is_submodule_to_move(const git_status_entry& entry, const Step& step) {
    const git_diff_delta* const there = entry.index_to_workdir;
    const unsigned status = entry.status;
    return (status & in_index) != 0 && there != nullptr &&
           there->new_file.mode == GIT_FILEMODE_COMMIT && is_either(there->new_file.id, step);
}

// A changed path is in the way unless what stands there is what was, or what is to be: so that a
// move which was cut short can be done again.
bool stands_in_the_way(git_repository* repository,
                       const git_status_entry& entry,
                       const Step& step) {
    const unsigned status = entry.status;
    if ((status & GIT_STATUS_CONFLICTED) != 0 ||
        ((status & in_index) != 0 &&
         (entry.head_to_index == nullptr || !is_either(entry.head_to_index->new_file.id, step)))) {
        return true;
    }
    const char* const path = step.path.c_str();
    git_oid id;
    return (status & in_folder) != 0 && !is_submodule_to_move(entry, step) &&
           (git_repository_hashfile(&id, repository, path, GIT_OBJECT_BLOB, path) != 0 ||
            !is_either(id, step));
}

Result<std::vector<std::string>> changed_paths(git_repository* repository,
                                               const std::vector<Step>& steps) {
    ENVKEEP_TRY(const StatusList list, changes_of(repository, Untracked::folders));
    std::vector<std::string> found;
    const std::size_t count = git_status_list_entrycount(list.get());
    for (std::size_t i = 0; i < count; ++i) {
        const git_status_entry& entry = *git_status_byindex(list.get(), i);
        const std::string path = path_of(entry);
        const Step* const step = step_at(steps, path);
        if (!is_untracked(entry) && step != nullptr &&
            stands_in_the_way(repository, entry, *step)) {
            found.push_back(path);
        }
    }
    return found;
}

// libgit2 asks for the paths themselves alone, and would write through a link above one.
class Looking {
  public:
    Looking(const std::vector<Step>& steps, system::RootId root, system::FileReader& files)
        : steps_(steps), root_(root), files_(files) {}

    Result<void> all() {
        for (const Step& step : steps_) {
            ENVKEEP_TRY(const RelPath path, RelPath::parse(step.path));
            ENVKEEP_CHECK(above(path));
            if (!is_blocked_ && step.new_mode != 0 && step.new_mode != GIT_FILEMODE_COMMIT) {
                ENVKEEP_CHECK(at(path));
            }
        }
        return {};
    }

    [[nodiscard]] LookedAlong take() { return std::move(looked_); }

  private:
    // Whether each folder above is one, or not there; else it is the user's, unless it goes away by
    // this very move (what was changed of that is told by its own step).
    Result<void> above(const RelPath& path) {
        const RelPath parent = path.parent();
        if (parent == parent_) {
            return {};
        }
        parent_ = parent;
        is_blocked_ = false;
        RelPath folder;
        for (const std::string_view name : parent.components()) {
            folder = folder.child(name);
            ENVKEEP_TRY(const system::Status there, files_.status({.root = root_, .path = folder}));
            if (there.kind == system::Kind::folder) {
                continue;
            }
            const Step* const step = step_at(steps_, folder.text());
            is_blocked_ = there.kind != system::Kind::absent;
            if (is_blocked_ && (step == nullptr || step->old_mode == 0)) {
                note(folder);
            }
            break;
        }
        return {};
    }

    // Where a file is to be, a folder goes away only with nothing in it but what this move removes.
    Result<void> at(const RelPath& path) {
        const system::Place place{.root = root_, .path = path};
        ENVKEEP_TRY(const system::Status there, files_.status(place));
        if (there.kind == system::Kind::folder) {
            ENVKEEP_CHECK(within(place));
        }
        return {};
    }

    // Whether there is no file in it.
    Result<bool> within(const system::Place& folder) {
        ENVKEEP_TRY(const std::vector<system::Entry> entries, files_.list(folder));
        bool is_hollow = true;
        for (const system::Entry& entry : entries) {
            const system::Place place = folder.child(entry.name);
            if (entry.kind == system::Kind::folder) {
                ENVKEEP_TRY(const bool is_hollow_too, within(place));
                is_hollow = is_hollow && is_hollow_too;
                continue;
            }
            is_hollow = false;
            const Step* const step = step_at(steps_, place.path.text());
            if (step == nullptr || step->old_mode == 0) {
                note(place.path);
                break;
            }
        }
        if (is_hollow) {
            looked_.hollow.push_back(folder);
        }
        return is_hollow;
    }

    void note(const RelPath& path) {
        std::vector<std::string>& noted = looked_.found.untracked;
        if (std::ranges::find(noted, path.text()) == noted.end()) {
            noted.push_back(path.text());
        }
    }

    const std::vector<Step>& steps_;
    system::RootId root_;
    system::FileReader& files_;
    RelPath parent_;           // of the path that was looked at last
    bool is_blocked_ = false;  // something that is no folder stands above it
    LookedAlong looked_;
};

}  // namespace

Result<std::vector<Step>> steps_of(git_repository* repository, const Move& move) {
    Tree from;
    if (move.from) {
        ENVKEEP_TRY(from, tree_of(repository, *move.from));
    }
    ENVKEEP_TRY(const Tree to, tree_of(repository, move.to));
    ENVKEEP_TRY(const Diff diff, diff_of(repository, from.get(), to.get()));
    std::vector<Step> steps;
    const std::size_t count = git_diff_num_deltas(diff.get());
    for (std::size_t i = 0; i < count; ++i) {
        const git_diff_delta* const delta = git_diff_get_delta(diff.get(), i);
        const char* const path =
            delta->new_file.path == nullptr ? delta->old_file.path : delta->new_file.path;
        steps.push_back({.path = path,
                         .old_id = delta->old_file.id,
                         .new_id = delta->new_file.id,
                         .old_mode = delta->old_file.mode,
                         .new_mode = delta->new_file.mode});
    }
    std::ranges::sort(steps, {}, &Step::path);
    return steps;
}

Result<LookedAlong> look_along(git_repository* repository,
                               const Move& move,
                               system::FileReader& files) {
    ENVKEEP_TRY(const std::vector<Step> steps, steps_of(repository, move));
    ENVKEEP_TRY(const system::RootId root, files.open_root(git_repository_workdir(repository)));
    Looking looking(steps, root, files);
    ENVKEEP_CHECK(looking.all());
    LookedAlong looked = looking.take();
    if (looked.found.is_empty()) {
        ENVKEEP_TRY(looked.found.changed, changed_paths(repository, steps));
    }
    return looked;
}

}  // namespace envkeep::git

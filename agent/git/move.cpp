// SPDX-License-Identifier: MIT
#include "git/move.hpp"

#include "envkeep/core/text.hpp"
#include "git/open_copy.hpp"
#include "git/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace envkeep::git {
namespace {

constexpr std::string_view reflog_words = "envkeep: moved to what the remote has";

// The paths that differ between two commits, sorted, each with both ends.
struct Step {
    std::string path;
    git_oid old_id;
    git_oid new_id;
};

Result<std::vector<Step>> steps_of(git_repository* repository, const Move& move) {
    Tree from;
    if (move.from) {
        ENVKEEP_TRY(from, tree_of(repository, *move.from));
    }
    ENVKEEP_TRY(const Tree to, tree_of(repository, move.to));
    Diff diff;
    if (const int code =
            git_diff_tree_to_tree(into(diff), repository, from.get(), to.get(), nullptr);
        code != 0) {
        return git_failure(code, "compare two commits");
    }
    std::vector<Step> steps;
    const std::size_t count = git_diff_num_deltas(diff.get());
    for (std::size_t i = 0; i < count; ++i) {
        const git_diff_delta* const delta = git_diff_get_delta(diff.get(), i);
        const char* const path =
            delta->new_file.path == nullptr ? delta->old_file.path : delta->new_file.path;
        steps.push_back({.path = path, .old_id = delta->old_file.id, .new_id = delta->new_file.id});
    }
    std::ranges::sort(steps, {}, &Step::path);
    return steps;
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

Result<InTheWay> changed_in_the_way(git_repository* repository, const Move& move) {
    ENVKEEP_TRY(const std::vector<Step> steps, steps_of(repository, move));
    ENVKEEP_TRY(const StatusList list, changes_of(repository, Untracked::folders));
    InTheWay found;
    const std::size_t count = git_status_list_entrycount(list.get());
    for (std::size_t i = 0; i < count; ++i) {
        const git_status_entry& entry = *git_status_byindex(list.get(), i);
        const std::string path = path_of(entry);
        const auto step = std::ranges::lower_bound(steps, path, {}, &Step::path);
        if (!is_untracked(entry) && step != steps.end() && step->path == path &&
            stands_in_the_way(repository, entry, *step)) {
            found.changed.push_back(path);
        }
    }
    return found;
}

int note_conflict(git_checkout_notify_t /*why*/,
                  const char* path,
                  const git_diff_file* baseline,
                  const git_diff_file* /*target*/,
                  const git_diff_file* /*there*/,
                  void* payload) {
    auto& found = *static_cast<InTheWay*>(payload);
    (baseline == nullptr ? found.untracked : found.changed).emplace_back(path);
    return 0;
}

struct Writing {
    RemoteCallbacks& callbacks;
    Mark& mark;
};

// The first call comes when all was compared, and right before the first change.
void note_progress(const char* /*path*/, std::size_t done, std::size_t all, void* payload) {
    const auto& writing = *static_cast<Writing*>(payload);
    writing.mark.keep();
    writing.callbacks.report("writing", done, all, "files");
}

Result<void> set_head(git_repository* repository, const Move& move) {
    int code = 0;
    if (move.reference.empty()) {
        code = git_repository_set_head_detached(repository, &move.to);
        return code == 0 ? Result<void>{} : git_failure(code, "set HEAD");
    }
    Reference reference;
    const std::optional<git_oid> there = commit_at(repository, move.reference);
    code = git_reference_create_matching(into(reference),
                                         repository,
                                         move.reference.c_str(),
                                         &move.to,
                                         there ? 1 : 0,
                                         there ? &*there : nullptr,
                                         reflog_words.data());
    if (code == 0 && branch_of_head(repository) != move.reference) {
        code = git_repository_set_head(repository, move.reference.c_str());
    }
    return code == 0 ? Result<void>{} : git_failure(code, "set " + move.reference);
}

}  // namespace

Result<InTheWay> move_files(Work& work, git_repository* repository, Mark& mark, const Move& move) {
    ENVKEEP_CHECK(check_may_go_on(work));
    ENVKEEP_CHECK(
        check_room(repository, move, git_repository_workdir(repository), work.local.files));
    ENVKEEP_TRY(InTheWay found, changed_in_the_way(repository, move));
    if (!found.is_empty()) {
        return found;
    }
    Tree baseline;
    if (move.from) {
        ENVKEEP_TRY(baseline, tree_of(repository, *move.from));
    }
    ENVKEEP_TRY(const Tree target, tree_of(repository, move.to));
    git_checkout_options options = GIT_CHECKOUT_OPTIONS_INIT;
    options.checkout_strategy = GIT_CHECKOUT_SAFE | GIT_CHECKOUT_DONT_OVERWRITE_IGNORED;
    options.notify_flags = GIT_CHECKOUT_NOTIFY_CONFLICT;
    options.notify_cb = note_conflict;
    options.notify_payload = &found;
    options.baseline = baseline.get();
    // From the first change on the mark stays, until all is done: what is half written, the next
    // run brings to its end.
    Writing writing{.callbacks = work.callbacks, .mark = mark};
    options.progress_cb = note_progress;
    options.progress_payload = &writing;
    ENVKEEP_CHECK(mark.note_move({.from = move.from ? text_of(*move.from) : "",
                                  .to = text_of(move.to),
                                  .reference = move.reference}));
    const auto* const tree = reinterpret_cast<const git_object*>(target.get());
    const int code = git_checkout_tree(repository, tree, &options);
    if (!found.is_empty()) {
        return found;
    }
    if (code != 0) {
        return git_failure(code, "write the files of commit " + short_text_of(move.to));
    }
    ENVKEEP_CHECK(set_head(repository, move));
    mark.let_go();
    return found;
}

}  // namespace envkeep::git

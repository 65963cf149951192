// SPDX-License-Identifier: MIT
#include "git/move.hpp"

#include "envkeep/core/text.hpp"
#include "git/in_the_way.hpp"
#include "git/open_copy.hpp"
#include "git/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace envkeep::git {
namespace {

constexpr std::string_view reflog_words = "envkeep: moved to what the remote has";

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
    ENVKEEP_TRY(LookedAlong way, look_along(repository, move, work.local.files));
    InTheWay& found = way.found;
    if (!found.is_empty()) {
        return std::move(found);
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
    for (const system::Place& folder : way.hollow) {
        (void)work.local.writer.remove_empty_folder(folder);  // libgit2 leaves it, and fails then
    }
    const auto* const tree = reinterpret_cast<const git_object*>(target.get());
    const int code = git_checkout_tree(repository, tree, &options);
    if (!found.is_empty()) {
        return std::move(found);
    }
    if (code != 0) {
        return git_failure(code, "write the files of commit " + short_text_of(move.to));
    }
    ENVKEEP_CHECK(set_head(repository, move));
    mark.let_go();
    return std::move(found);
}

}  // namespace envkeep::git

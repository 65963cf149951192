// SPDX-License-Identifier: MIT
#include "git/rebase.hpp"

namespace envkeep::git {
namespace {

Result<AnnotatedCommit> annotated(git_repository* repository, const git_oid& id) {
    AnnotatedCommit commit;
    if (const int code = git_annotated_commit_lookup(into(commit), repository, &id); code != 0) {
        return git_failure(code, "read commit " + short_text_of(id));
    }
    return commit;
}

}  // namespace

Result<std::optional<git_oid>> rebased(git_repository* repository,
                                       const git_oid& ours,
                                       const OwnCommits& own,
                                       const git_oid& theirs) {
    // A rebase would flatten merges and lose what was decided in them.
    if (own.has_merges) {
        return std::nullopt;
    }
    ENVKEEP_TRY(const AnnotatedCommit branch, annotated(repository, ours));
    ENVKEEP_TRY(const AnnotatedCommit base, annotated(repository, own.base.value_or(theirs)));
    ENVKEEP_TRY(const AnnotatedCommit onto, annotated(repository, theirs));
    git_rebase_options options = GIT_REBASE_OPTIONS_INIT;
    options.inmemory = 1;
    Rebase rebase;
    if (const int code = git_rebase_init(
            into(rebase), repository, branch.get(), base.get(), onto.get(), &options);
        code != 0) {
        return git_failure(code, "rebase");
    }
    Signature committer;
    if (const int code = git_signature_default(into(committer), repository); code != 0) {
        return git_failure(code, "read who you are");
    }
    git_oid last = theirs;
    git_rebase_operation* operation = nullptr;
    int code = 0;
    while ((code = git_rebase_next(&operation, rebase.get())) == 0) {
        Index index;
        if (git_rebase_inmemory_index(into(index), rebase.get()) != 0 ||
            git_index_has_conflicts(index.get()) == 1) {
            return std::nullopt;
        }
        git_oid made;
        const int done =
            git_rebase_commit(&made, rebase.get(), nullptr, committer.get(), nullptr, nullptr);
        if (done == GIT_EUNMERGED) {
            return std::nullopt;
        }
        if (done != 0 && done != GIT_EAPPLIED) {  // the latter: the remote has the same already
            return git_failure(done, "rebase");
        }
        last = done == 0 ? made : last;
    }
    if (code != GIT_ITEROVER) {
        return git_failure(code, "rebase");
    }
    return last;
}

}  // namespace envkeep::git

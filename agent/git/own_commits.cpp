// SPDX-License-Identifier: MIT
#include "git/own_commits.hpp"

#include "git/fetch.hpp"

namespace envkeep::git {
namespace {

using Walk = Handle<git_revwalk, git_revwalk_free>;

}  // namespace

std::vector<git_oid> places_at_remote(git_repository* repository,
                                      git_remote* remote,
                                      const std::string& branch,
                                      const std::optional<git_oid>& before) {
    std::vector<git_oid> places;
    const char* const for_pushes = git_remote_pushurl(remote);
    if (for_pushes != nullptr && !is_same_repository(for_pushes, git_remote_url(remote))) {
        return places;
    }
    if (before) {
        places.push_back(*before);
    }
    Reflog fetches;
    if (git_reflog_read(into(fetches), repository, tracking_name(remote, branch).c_str()) != 0) {
        return places;
    }
    for (std::size_t i = 0; i < git_reflog_entrycount(fetches.get()); ++i) {
        const git_oid& there = *git_reflog_entry_id_old(git_reflog_entry_byindex(fetches.get(), i));
        if (git_oid_is_zero(&there) == 0) {
            places.push_back(there);
        }
    }
    return places;
}

Result<OwnCommits> own_commits(git_repository* repository,
                               const git_oid& ours,
                               const git_oid& theirs,
                               const std::vector<git_oid>& at_remote) {
    OwnCommits own{.base = ours};
    Walk walk;
    int code = git_revwalk_new(into(walk), repository);
    if (code == 0) {
        code = git_revwalk_sorting(walk.get(), GIT_SORT_TOPOLOGICAL);
    }
    if (code == 0) {
        code = git_revwalk_push(walk.get(), &ours);
    }
    if (code == 0) {
        code = git_revwalk_hide(walk.get(), &theirs);
    }
    for (const git_oid& there : at_remote) {
        (void)git_revwalk_hide(walk.get(), &there);  // it may be cleaned away
    }
    git_oid id;
    while (code == 0 && (code = git_revwalk_next(&id, walk.get())) == 0) {
        ENVKEEP_TRY(const Commit commit, commit_of(repository, id));
        const unsigned parents = git_commit_parentcount(commit.get());
        own.base =
            parents == 0 ? std::nullopt : std::optional(*git_commit_parent_id(commit.get(), 0));
        own.has_merges = own.has_merges || parents > 1;
        ++own.count;
    }
    return code == GIT_ITEROVER ? Result<OwnCommits>(own) : git_failure(code, "read own commits");
}

}  // namespace envkeep::git

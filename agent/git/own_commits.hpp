// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "git/handles.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::git {

// Where a branch of the remote was in each fetch and push that the repository remembers, git's own
// too (git-merge-base(1), --fork-point), and `before`, which a repository may not remember. Nothing
// where pushes go to another repository than is fetched from: that may not have them yet.
[[nodiscard]] std::vector<git_oid> places_at_remote(git_repository* repository,
                                                    git_remote* remote,
                                                    const std::string& branch,
                                                    const std::optional<git_oid>& before);

struct OwnCommits {
    std::size_t count = 0;
    bool has_merges = false;
    std::optional<git_oid> base;  // upon which they stand; none: they begin a history
};

// What of `ours` is neither in `theirs` nor ever was at the remote.
[[nodiscard]] Result<OwnCommits> own_commits(git_repository* repository,
                                             const git_oid& ours,
                                             const git_oid& theirs,
                                             const std::vector<git_oid>& at_remote);

}  // namespace envkeep::git

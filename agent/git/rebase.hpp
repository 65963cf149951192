// SPDX-License-Identifier: MIT
#pragma once

#include "git/own_commits.hpp"
#include "git/work.hpp"

#include <optional>

namespace envkeep::git {

// The own commits of `ours` upon `theirs`, made without touching the files: the last of them. None
// where both sides changed the same, or where own commits are merges.
[[nodiscard]] Result<std::optional<git_oid>> rebased(git_repository* repository,
                                                     const git_oid& ours,
                                                     const OwnCommits& own,
                                                     const git_oid& theirs);

}  // namespace envkeep::git

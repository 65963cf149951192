// SPDX-License-Identifier: MIT
#pragma once

#include "git/work.hpp"

#include <string>

namespace envkeep::git {

// Tells where files are only pointers, since git-lfs, a program of its own, was not run.
void tell_of_lfs(Work& work, git_repository* repository);

// Whether a file is one whose content git-lfs takes out of the repository.
[[nodiscard]] bool is_of_lfs(git_repository* repository, const std::string& path);

// True, and told, where commits of a branch that the remote has not hold pointers: their content is
// sent by git-lfs alone, in a hook of git's own push, and the remote would have pointers to
// nothing.
[[nodiscard]] Result<bool> is_held_up_by_lfs(Work& work,
                                             git_repository* repository,
                                             git_remote* remote,
                                             const std::string& branch);

}  // namespace envkeep::git

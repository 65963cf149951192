// SPDX-License-Identifier: MIT
#pragma once

#include "git/work.hpp"

namespace envkeep::git {

// Tells where files are only pointers, since git-lfs, a program of its own, was not run.
void tell_of_lfs(Work& work, git_repository* repository);

}  // namespace envkeep::git

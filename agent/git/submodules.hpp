// SPDX-License-Identifier: MIT
#pragma once

#include "git/work.hpp"

namespace envkeep::git {

// Brings the submodules of HEAD, and theirs, each to the commit that is noted for it. What cannot
// be brought is a finding, and the others are brought all the same.
void bring_submodules(Work& work, git_repository* repository);

// Tells which there are where nobody wishes for them: their folders are empty.
void tell_of_submodules(Work& work, git_repository* repository);

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#pragma once

#include "git/open_copy.hpp"
#include "git/work.hpp"

namespace envkeep::git {

// Tells of what cannot be worked with, and of an owner that git itself would not take; true for the
// former.
[[nodiscard]] bool tell_of_standing(Work& work, const Opened& opened);

}  // namespace envkeep::git

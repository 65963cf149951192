// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace envkeep::posix {

// Removes a file, link or folder with all below it, which nobody but us may have made. Stops at a
// mount point (EBUSY) and below 1000 levels (ELOOP). 0 or the errno of the first failure; goes on
// after it. Nothing there is no failure.
int remove_tree(int folder, const std::string& name);

}  // namespace envkeep::posix

// SPDX-License-Identifier: MIT
#pragma once

#include "git/work.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace envkeep::git {

// That the user has no name yet, and what was therefore not done: "nothing was committed".
void tell_no_author(Work& work, std::string_view undone);

// Commits all that differs from HEAD, ignored files, private keys and token files aside. Tells of
// what is left out, and of a user without name. True if there was nothing to commit, or all of it
// was.
[[nodiscard]] Result<bool> commit_all(Work& work,
                                      git_repository* repository,
                                      const std::string& message);

}  // namespace envkeep::git

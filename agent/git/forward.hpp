// SPDX-License-Identifier: MIT
#pragma once

#include "git/fetch.hpp"
#include "git/locks.hpp"
#include "git/move.hpp"
#include "git/work.hpp"

#include <optional>
#include <string>

namespace envkeep::git {

// What stands against any change: locks, something begun and not ended. Told; true if there is.
[[nodiscard]] bool is_held_up(Work& work, git_repository* repository);

// The remote of the wish's URL; told if the working copy has none.
[[nodiscard]] Remote remote_or_tell(Work& work, git_repository* repository);

// Fetches, and takes the working copy to what the wish names where nothing of the user's stands
// against it.
[[nodiscard]] Result<void> forward(Work& work, git_repository* repository, Mark& mark);

// That the user's files stand against a move, with the commands that mend it: among them `take`,
// words for git that need no network, since a token is nothing that git knows.
void tell_in_the_way(Work& work, const InTheWay& found, const std::string& take);

enum class BranchAtRemote { was_there, never_seen };

// With the way to the default branch, which may be none.
void tell_branch_gone(Work& work,
                      const std::string& name,
                      const std::string& default_branch,
                      BranchAtRemote at_remote);

// Where somebody rewrote the remote's history the command takes own commits alone.
void tell_diverged(Work& work,
                   std::size_t ahead,
                   std::size_t behind,
                   const std::string& theirs,
                   bool is_rewritten);

}  // namespace envkeep::git

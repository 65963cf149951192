// SPDX-License-Identifier: MIT
#pragma once

#include "git/locks.hpp"
#include "git/work.hpp"

#include <optional>
#include <string>
#include <vector>

// The one way in which the files of a working copy go from one commit to another.
namespace envkeep::git {

struct Move {
    std::optional<git_oid> from;  // what HEAD is; none: nothing is committed yet
    git_oid to;
    std::string reference;  // "refs/heads/main", which HEAD is to name then; empty: detached
};

// What of the user's such a move would write over: changed or untracked paths.
struct InTheWay {
    std::vector<std::string> changed;
    std::vector<std::string> untracked;

    [[nodiscard]] bool is_empty() const { return changed.empty() && untracked.empty(); }
};

// Nothing of the user's is ever written over: with something in the way nothing is done at all.
// Where it fails after the first change the mark stays, for the next run to end the move.
[[nodiscard]] Result<InTheWay> move_files(Work& work,
                                          git_repository* repository,
                                          Mark& mark,
                                          const Move& move);

// Does the move that a killed run began, if nothing was done since. After an error files may be
// half written: the mark stays, and nothing else is to be done.
[[nodiscard]] Result<void> finish_killed_move(Work& work, git_repository* repository, Mark& mark);

// Refuses (no_space) files that the disk at `folder` cannot hold, and (unsupported) far too many.
[[nodiscard]] Result<void> check_room(git_repository* repository,
                                      const Move& move,
                                      const std::string& folder,
                                      system::FileReader& files);

}  // namespace envkeep::git

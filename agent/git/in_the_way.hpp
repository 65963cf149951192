// SPDX-License-Identifier: MIT
#pragma once

#include "git/move.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace envkeep::git {

// A path that differs between two commits, with both ends; a mode of 0: it is in one of them only.
struct Step {
    std::string path;
    git_oid old_id;
    git_oid new_id;
    std::uint16_t old_mode = 0;
    std::uint16_t new_mode = 0;
};

// Sorted by path.
[[nodiscard]] Result<std::vector<Step>> steps_of(git_repository* repository, const Move& move);

struct LookedAlong {
    InTheWay found;
    // Folders without a file, where a file is to be; each behind those in it.
    std::vector<system::Place> hollow;
};

// What stands where the move would write or remove.
[[nodiscard]] Result<LookedAlong> look_along(git_repository* repository,
                                             const Move& move,
                                             system::FileReader& files);

}  // namespace envkeep::git

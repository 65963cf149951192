// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/tree_modes.hpp"
#include "keep/modes_starts.hpp"

#include <vector>

namespace envkeep::keep {

// An entry whose mode may have to change.
struct Met {
    RelPath below;  // the view's place
    RelPath name;   // what the home calls it, with some of what is above it
    system::Status status;
    Spoken spoken;
};

struct Walked {
    std::vector<Met> met;  // sorted by path
    std::vector<Error> problems;
};

// Looks at all that one start can mean. Entries that are as they shall be, which is nearly all,
// cost neither memory nor a lock.
[[nodiscard]] Walked walk_from(const Start& start,
                               const View& view,
                               unsigned threads,
                               system::FileReader& files,
                               system::TreeWalker& walker);

// The mode under a bound: what is there and allowed, and what the owner needs.
[[nodiscard]] std::uint32_t bounded(std::uint32_t mode, std::uint32_t bound, system::Kind kind);

}  // namespace envkeep::keep

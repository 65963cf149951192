// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/rel_path.hpp"
#include "envkeep/core/result.hpp"
#include "envkeep/system/files.hpp"

#include <cstdint>
#include <set>
#include <vector>

// What a file, link or folder with all below it holds.
namespace envkeep::store {

struct TreeCount {
    std::uint64_t bytes = 0;  // of regular files
    std::uint64_t files = 0;  // all but folders
    std::uint64_t folders = 0;
    std::uint64_t room = 0;  // bytes that a copy takes: without holes, hard links once
    // Files and links below the place that neither group nor others can read, by their own mode or
    // by that of a folder on the way from the place to them.
    std::set<RelPath> private_files;
    bool is_private = false;  // the same of the place itself, if it is no folder
};

// Without the sorted paths of `left_out`.
[[nodiscard]] Result<TreeCount> count_tree(const system::Place& place,
                                           const std::vector<RelPath>& left_out,
                                           system::FileReader& files);

// Kinds, names, link targets and bytes; not modes, owners and times. What `one` has at a path of
// `left_out` does not count.
[[nodiscard]] Result<bool> is_same_tree(const system::Place& one,
                                        const system::Place& other,
                                        const std::vector<RelPath>& left_out,
                                        system::FileReader& files);

}  // namespace envkeep::store

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/observe.hpp"

#include <functional>
#include <string>
#include <vector>

namespace envkeep::keep {

// A home folder beside the store's. Links are compared by their text and never followed; devices,
// fifos and sockets do not count.
struct TreeComparison {
    bool home_is_empty = true;
    std::vector<Difference> missing_in_store;  // topmost names only
    std::vector<Difference> differing;
    std::vector<RelPath> only_in_store;  // topmost names only
    bool holds_left_out = false;         // or what has a name like ours
    bool holds_our_links = false;        // into the very place that they are compared with
    std::string mount_point;             // absolute: somewhere in the home's tree; empty if none
    std::string way_to_store;  // absolute: a folder of it that the source lies in; empty if none

    [[nodiscard]] Sameness sameness() const;
};

// Whether two files are known to hold the same bytes, so that they need not be read.
using IsKnownSame =
    std::function<bool(const system::Place& home, const system::Status&, const system::Status&)>;

struct TreePair {
    system::Place home;
    system::Place store;
    const std::vector<RelPath>& leaves_out;  // sorted
    // The folders that the source lies in: with a bind mount they may be met in the home's tree.
    const std::vector<system::Status>& above_source;
};

[[nodiscard]] Result<TreeComparison> compare_trees(const TreePair& pair,
                                                   const IsKnownSame& is_known_same,
                                                   system::FileReader& files);

// The same of a home folder alone, as it will be copied: is it empty, does it hold mounts or what
// is left out?
[[nodiscard]] Result<TreeComparison> scan_tree(const TreePair& pair, system::FileReader& files);

}  // namespace envkeep::keep

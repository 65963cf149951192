// SPDX-License-Identifier: MIT
#pragma once

#include "manifest/yaml_tree.hpp"

#include <cstdint>
#include <vector>

namespace envkeep::manifest {

// An entry of a block list in the simplest forms there are: `- word`, `- {key: word, key: word}`,
// or
// `- key: word` with more such keys in the lines below. Comments may end its lines.
struct SimpleEntry {
    std::uint32_t indentation = 0;  // of the '-'
    std::uint32_t lines = 0;        // how many it takes; 0: it is not simple
    std::vector<TreeNode> nodes;
};

// Reads the entry that begins in a line (from 0); `first` will be the index of its first node. Only
// the vector's memory is taken over from `entry`.
void read_simple_entry(const SourceText& source,
                       std::uint32_t line,
                       std::uint32_t first,
                       SimpleEntry& entry);

}  // namespace envkeep::manifest

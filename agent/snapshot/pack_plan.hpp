// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/layer.hpp"

#include <cstddef>
#include <cstdint>
#include <unordered_set>
#include <vector>

namespace envkeep::snapshot {

// What one thread takes at a time, about one frame of it.
struct PackUnit {
    enum class Kind : std::uint8_t {
        members,  // order[first, first + count), whole
        part,     // a frame of the one large file order[first]
        probe,    // a large file that may be known: only its digest is taken
    };
    Kind kind = Kind::members;
    std::size_t first = 0;  // index into `order`
    std::size_t count = 1;
    std::uint32_t part = 0;  // of `parts`
    std::uint32_t parts = 1;

    friend bool operator==(const PackUnit&, const PackUnit&) = default;
};

// An upper bound for tar_header(entry).size() as far as the entry tells.
[[nodiscard]] std::size_t header_bound(const Entry& entry);

// Cuts `order` at the limits of members into units that fill a frame each; stages other than the
// first begin a new one (see stage_of), and a file that no frame holds has frames of its own. A
// large file whose size is one of `known_sizes`, or the same as of one before it, is probed;
// without such a list none is.
[[nodiscard]] std::vector<PackUnit> plan_units(
    const std::vector<Entry>& entries,
    const std::vector<std::size_t>& order,
    const std::unordered_set<std::uint64_t>* known_sizes);

}  // namespace envkeep::snapshot

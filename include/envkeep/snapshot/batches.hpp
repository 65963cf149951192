// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/plan_layer.hpp"

#include <cstdint>
#include <vector>

namespace envkeep::snapshot {

// Steps that are carried out together, whole groups only, so that no package is ever there in part
// when the time is up.
struct Batch {
    std::vector<LayerStep> steps;  // sorted by entry
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;

    // What it costs, in bytes: making a file costs about what writing so many bytes does.
    [[nodiscard]] std::uint64_t cost() const;
};

inline constexpr std::uint64_t bytes_a_file = std::uint64_t{16} << 10U;

// In the order in which they should come: the user's own small files, then packages, and what dpkg
// knows of them when all are there. The first batch is small, to learn how fast this machine is. A
// folder comes with the first batch that has something in it, and its attributes with each later
// one.
[[nodiscard]] std::vector<Batch> batches_of(const Layer& layer,
                                            const std::vector<LayerStep>& steps);

}  // namespace envkeep::snapshot

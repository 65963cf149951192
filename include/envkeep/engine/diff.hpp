// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/layers.hpp"
#include "envkeep/packages/compare.hpp"
#include "envkeep/packages/inventory.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

// What `diff` compares: a snapshot, what is here now, or what the image brought.
struct DiffSide {
    std::string name;  // "20261124T...", "here", "image"
    packages::Inventory inventory;
    std::vector<std::string> passed_over;  // of a lock that a later envkeep wrote
};

struct DiffReport {
    DiffSide before;
    DiffSide after;
    packages::Comparison comparison;
    std::vector<model::Finding> findings;  // of the packages that are here, if they are a side
};

// Sides are ids of snapshots (a beginning is enough), "here" or "image"; empty: `before` is the
// snapshot that this session has, else the image, and `after` what is here.
[[nodiscard]] Result<DiffReport> diff(const World& world,
                                      const Session& session,
                                      const std::string& before,
                                      const std::string& after);

// One side alone; empty: what is here.
[[nodiscard]] Result<DiffSide> diff_side(const World& world,
                                         const Session& session,
                                         const std::string& name);

}  // namespace envkeep::engine

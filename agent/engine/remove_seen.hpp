// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/snapshot/plan_layer.hpp"
#include "envkeep/snapshot/roots.hpp"

#include <cstdint>
#include <vector>

namespace envkeep::engine {

// Removes those that still are what was seen; how many they were. A folder that holds something by
// now stays, and that is right.
[[nodiscard]] std::uint64_t remove_seen(const World& world,
                                        const snapshot::Roots& roots,
                                        const std::vector<snapshot::LayerRemoval>& removals);

}  // namespace envkeep::engine

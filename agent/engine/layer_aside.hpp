// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/layers.hpp"
#include "envkeep/snapshot/plan_layer.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

struct WentAside {
    std::vector<std::string> places;  // absolute: where they stood
    // What could not make room: its step must not be carried out.
    std::vector<std::size_t> blocked;
    std::vector<model::Finding> findings;
};

// Moves what stands in the way of a layer, and is neither the image's nor in the store, aside:
// journaled, listed, backed up, as what stands in the way of a keep.
[[nodiscard]] Result<WentAside> move_aside(const World& world,
                                           Session& session,
                                           const std::string& command,
                                           const snapshot::Layer& layer,
                                           const snapshot::LayerPlan& plan,
                                           const snapshot::Roots& roots);

}  // namespace envkeep::engine

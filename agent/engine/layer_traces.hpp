// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/time.hpp"
#include "envkeep/engine/session.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/plan_layer.hpp"
#include "envkeep/snapshot/roots.hpp"

#include <initializer_list>
#include <string>
#include <vector>

namespace envkeep::engine {

// What a restore that was killed left half made, or half removed, beside what these paths (below
// "/") name.
[[nodiscard]] std::vector<snapshot::LayerRemoval> traces_beside(
    const World& world, const std::vector<std::string>& paths, const snapshot::Roots& roots);

// Removes that beside the entries of these layers.
void remove_traces(const World& world,
                   std::initializer_list<const snapshot::Layer*> layers,
                   const snapshot::Roots& roots);

// A time that is past all that was written until now, by the clock of the home's file system, and
// which nothing that changes from now on comes before.
[[nodiscard]] Result<WallTime> time_past_all_writes(const World& world, const Session& session);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/model/finding.hpp"
#include "envkeep/snapshot/plan_layer.hpp"
#include "envkeep/snapshot/unpack.hpp"

#include <vector>

namespace envkeep::engine {

// What a plan leaves as it is, and what it cannot bring back.
[[nodiscard]] std::vector<model::Finding> findings_of(const snapshot::LayerPlan& plan);

// Where something is mounted that the layer has something at or below. None: there is no such
// place.
[[nodiscard]] std::vector<model::Finding> say_mounted(const std::vector<std::string>& places);

// The entries that failed, the first of them with their cause.
[[nodiscard]] model::Finding not_restored(const snapshot::Layer& layer,
                                          const snapshot::UnpackReport& done);

}  // namespace envkeep::engine

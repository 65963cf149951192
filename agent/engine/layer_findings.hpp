// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/model/finding.hpp"
#include "envkeep/snapshot/plan_layer.hpp"
#include "envkeep/snapshot/unpack.hpp"

#include <vector>

namespace envkeep::engine {

// What a plan leaves as it is, and what it cannot bring back.
[[nodiscard]] std::vector<model::Finding> findings_of(const snapshot::LayerPlan& plan);

// The entries that failed, the first of them with their cause.
[[nodiscard]] model::Finding not_restored(const snapshot::Layer& layer,
                                          const snapshot::UnpackReport& done);

}  // namespace envkeep::engine

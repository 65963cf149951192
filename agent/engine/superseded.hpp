// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/snapshot/layer_state.hpp"
#include "envkeep/snapshot/plan_layer.hpp"
#include "envkeep/snapshot/roots.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

// What this session has of other versions of packages that a layer brings, and the layer does not
// have: beside them two versions would be installed, or files of one that nobody knows of. Paths as
// layers have them, metadata after what it tells of; such as lie in folders of metadata are told by
// those. None of what the image has, which cannot be had back here.
[[nodiscard]] std::vector<std::string> superseded(const World& world,
                                                  const Session& session,
                                                  const snapshot::LayerState& state,
                                                  const snapshot::Layer& layer,
                                                  const snapshot::LayerPlan& plan,
                                                  const snapshot::LayerContext& context,
                                                  const snapshot::Roots& roots);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "engine/other_image.hpp"
#include "envkeep/engine/session.hpp"
#include "envkeep/snapshot/layer_state.hpp"

// What a container remembers of a restore that came to its end.
namespace envkeep::engine {

// From here on what is here is what the layer says, and nothing of any other is to come.
[[nodiscard]] Result<void> settle_whole(const World& world,
                                        const Session& session,
                                        const snapshot::LayerRef& wanted,
                                        snapshot::LayerState& state);

// Of another image's snapshot `layer` is what fits: the session goes on with what it has from
// there; it is not what that snapshot says.
[[nodiscard]] Result<void> settle_part(const World& world,
                                       const Session& session,
                                       const snapshot::LayerRef& wanted,
                                       const snapshot::Layer& layer,
                                       const FittingPart& part,
                                       snapshot::LayerState& state);

}  // namespace envkeep::engine

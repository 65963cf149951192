// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/snapshot/layer_state.hpp"
#include "envkeep/snapshot/lookalikes.hpp"
#include "envkeep/snapshot/plan_layer.hpp"
#include "envkeep/snapshot/roots.hpp"
#include "envkeep/snapshot/scope.hpp"

#include <optional>
#include <vector>

// What this container has of other layers than the one that is wanted.
namespace envkeep::engine {

// To be noted down before a restore writes: of what it brings all may stay, until one comes to its
// end.
void note_begun(snapshot::LayerState& state, const snapshot::LayerRef& wanted);

// The same, and nothing else, written down: for one that brings a part.
[[nodiscard]] Result<void> save_begun(const World& world,
                                      const Session& session,
                                      const snapshot::LayerRef& wanted);

struct OtherLayers {
    snapshot::Layer held;  // `here`, where that is another
    snapshot::LayerSeen held_seen;
    std::vector<snapshot::Layer> begun;  // of which restores were begun here, as far as known
    std::optional<snapshot::ImageListing> image;
};

// The layer that is wanted, on the image that it was taken on or on another.
struct WantedLayer {
    const snapshot::LayerRef& ref;
    const snapshot::Layer& layer;
    bool is_same_image = true;
};

// Looks at them, and gives `context` what it must know of them: `others` stays where it is as long
// as that is used. In `seen`, of the wanted layer, it finds out what only looks as recorded.
[[nodiscard]] Result<void> look_at_others(const World& world,
                                          const Session& session,
                                          const snapshot::LayerState& state,
                                          const WantedLayer& wanted,
                                          const snapshot::Scope& scope,
                                          const snapshot::Roots& roots,
                                          snapshot::LayerSeen& seen,
                                          snapshot::LayerContext& context,
                                          OtherLayers& others);

}  // namespace envkeep::engine

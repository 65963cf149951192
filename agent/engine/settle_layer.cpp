// SPDX-License-Identifier: MIT
#include "engine/settle_layer.hpp"

#include "engine/layer_traces.hpp"

namespace envkeep::engine {

using snapshot::LayerState;

Result<void> settle_whole(const World& world,
                          const Session& session,
                          const snapshot::LayerRef& wanted,
                          LayerState& state) {
    const LayerState before = state;
    state.here = wanted;
    state.coming.reset();
    state.begun.clear();
    state.partly.reset();
    state.debs.clear();
    state.not_here.clear();
    state.cures.clear();
    if (state == before && state.holds_until) {
        return {};
    }
    ENVKEEP_TRY(state.holds_until, time_past_all_writes(world, session));
    return snapshot::save_layer_state(session.home, state, *world.writer);
}

Result<void> settle_part(const World& world,
                         const Session& session,
                         const snapshot::LayerRef& wanted,
                         const snapshot::Layer& layer,
                         const FittingPart& part,
                         LayerState& state) {
    ENVKEEP_CHECK(snapshot::save_part(session.home, layer, *world.writer));
    state.partly = wanted;
    state.debs = part.debs;
    state.worker = world.machine.self();
    state.not_here = part.not_here;
    state.cures = part.finding.fix.commands;
    state.coming.reset();
    return snapshot::save_layer_state(session.home, state, *world.writer);
}

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#include "engine/hand_over_layer.hpp"

#include "engine/layer_lock.hpp"
#include "engine/layer_place.hpp"
#include "engine/layer_progress.hpp"
#include "engine/store_claim.hpp"

namespace envkeep::engine {

Result<void> take_over_layer(const Options& options,
                             const MakeWorld& make_world,
                             const system::ProcessId& from) {
    const World world = make_world();
    ENVKEEP_TRY(const Session session, open_session(world, options));
    ENVKEEP_TRY(snapshot::LayerState state, layer_state_of(world, session));
    if (state.worker != from) {
        return {};
    }
    state.worker = world.machine.self();
    return snapshot::save_layer_state(session.home, state, *world.writer);
}

Result<void> give_up_layer(const Options& options, const MakeWorld& make_world) {
    const World world =
        without_patience(make_world());  // asked again soon; the lease must not wait
    ENVKEEP_TRY(const Session session, open_session(world, options));
    ENVKEEP_TRY(const LayerLock lock, LayerLock::take(world, session, {}, {}));
    ENVKEEP_TRY(snapshot::LayerState state, layer_state_of(world, session));
    if (state.worker == world.machine.self()) {
        state.worker.reset();
        ENVKEEP_CHECK(snapshot::save_layer_state(session.home, state, *world.writer));
    }
    const bool is_left = state.coming || !state.debs.empty();
    if (is_left && !(state.worker && world.machine.is_alive(*state.worker))) {
        LayerProgress(world, session.home).end(false);
    }
    return {};
}

}  // namespace envkeep::engine

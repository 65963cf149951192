// SPDX-License-Identifier: MIT
#include "engine/layer_lock.hpp"

#include "engine/layer_place.hpp"
#include "envkeep/store/layout.hpp"

#include <thread>

namespace envkeep::engine {
namespace {

// Between its batches, or waiting for dpkg.
bool is_at_work_elsewhere(const World& world, const Session& session) {
    const Result<snapshot::LayerState> state = layer_state_of(world, session);
    return state && (state->coming || !state->debs.empty()) && state->worker &&
           *state->worker != world.machine.self() && world.machine.is_alive(*state->worker);
}

}  // namespace

Result<LayerLock> LayerLock::take(const World& world,
                                  const Session& session,
                                  const Wait& wait,
                                  const Listener& listener) {
    constexpr std::chrono::milliseconds nap{200};
    const system::Place state =
        system::Place{.root = session.home, .path = {}}.child(store::names::state);
    ENVKEEP_CHECK(world.writer->make_folders(state, 0700));
    const std::string folder = world.files.absolute(state);
    const SteadyTime until = world.machine.steady_now() + wait.longest;
    while (true) {
        Result<std::optional<posix::FolderLock>> lock = posix::FolderLock::try_take(folder);
        if (!lock && lock.error().kind == ErrorKind::unsupported) {
            return LayerLock(std::nullopt);
        }
        ENVKEEP_CHECK(lock);
        if (lock->has_value()) {
            return LayerLock(*std::move(lock));
        }
        const bool is_told_to_end = wait.may_go_on && !wait.may_go_on();
        if (is_told_to_end || world.machine.steady_now() >= until) {
            return failure(ErrorKind::busy,
                           "another envkeep is taking a snapshot or bringing one back here",
                           "'envkeep status' shows what is under way; try again when it is done");
        }
        if (listener.phase) {
            listener.phase("waiting for another envkeep that takes or brings back a snapshot");
        }
        std::this_thread::sleep_for(nap);
    }
}

bool has_nothing_to_come(const World& world, const Session& session) {
    const Result<snapshot::LayerState> state = layer_state_of(world, session);
    if (!state || state->image.empty() || state->coming || !state->debs.empty()) {
        return false;
    }
    if (state->here || state->partly) {
        return true;
    }
    const Result<snapshot::SnapshotList> list = snapshot::list_snapshots(shelf_of(world, session));
    return list && list->snapshots.empty() && list->problems.empty();
}

Result<std::optional<LayerLock>> lock_for_restore(const World& world,
                                                  const Session& session,
                                                  const LayerRestoreOptions& options,
                                                  const Listener& listener) {
    if (is_at_work_elsewhere(world, session)) {
        if (options.is_start) {
            return std::nullopt;
        }
        ENVKEEP_TRY(const LayerWait waited, wait_for_layer(world, session, {}, listener));
        if (waited == LayerWait::interrupted) {
            return failure(ErrorKind::busy,
                           "interrupted: another process is still bringing the snapshot back",
                           "nothing was changed; 'envkeep wait' waits for it");
        }
    }
    // A shell that starts waits for nobody.
    const auto longest = options.until ? std::chrono::minutes::zero() : LayerLock::by_hand;
    Result<LayerLock> lock =
        LayerLock::take(world, session, {longest, options.may_go_on}, listener);
    if (!lock && lock.error().kind == ErrorKind::busy && options.is_start) {
        return std::nullopt;
    }
    ENVKEEP_CHECK(lock);
    return *std::move(lock);
}

}  // namespace envkeep::engine

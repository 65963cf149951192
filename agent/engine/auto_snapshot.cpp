// SPDX-License-Identifier: MIT
#include "engine/auto_snapshot.hpp"

#include "engine/layer_place.hpp"
#include "engine/package_watch.hpp"
#include "envkeep/engine/layers.hpp"

namespace envkeep::engine {
namespace {

Result<bool> is_due(const World& world, const Session& session, AutoReason reason) {
    ENVKEEP_TRY(const snapshot::LayerState state, layer_state_of(world, session));
    const std::optional<WallTime> changed = packages_changed_at(world, session, state);
    if (!changed || state.coming) {
        return false;
    }
    if (reason == AutoReason::session_ends) {
        return true;
    }
    // The times of files are only compared with the clock of the same file system.
    ENVKEEP_TRY(const WallTime now,
                snapshot::file_system_now(session.home, world.files, *world.writer));
    // What was refused would be refused again, unless something changed, or the user made room.
    if (state.refused && state.refused->at > *changed && now - state.refused->at < auto_patience) {
        return false;
    }
    return now - *changed >= auto_quiet;
}

}  // namespace

void take_auto_snapshot(const Options& options,
                        const MakeWorld& make_world,
                        const std::string& store_id,
                        AutoReason reason) {
    const World world = make_world();
    Result<Session> session = open_session(world, options);
    const bool is_ours = session && session->store.id == store_id && world.trees != nullptr;
    if (!is_ours || !session->problems.empty() || session->store.is_read_only ||
        session->manifest.snapshot.automatic != manifest::AutoSnapshot::on_change) {
        return;
    }
    if (is_due(world, *session, reason).value_or(false)) {
        static_cast<void>(take_snapshot(world, *session, {.is_automatic = true}, {}));
    }
}

void QuietLooks::look(const Options& options,
                      const MakeWorld& make_world,
                      const std::string& store_id) {
    if (!work_ || work_->has_ended()) {
        work_.emplace([&](const LongWork::MayGoOn& /*may_go_on*/) {
            take_auto_snapshot(options, make_world, store_id, AutoReason::quiet);
        });
    }
}

void QuietLooks::wait_for_its_end() const {
    if (work_) {
        work_->wait_for_its_end(SteadyTime::max());
    }
}

}  // namespace envkeep::engine

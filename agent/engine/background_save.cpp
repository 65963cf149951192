// SPDX-License-Identifier: MIT
#include "engine/background_save.hpp"

#include "engine/one_background.hpp"
#include "engine/ready_store.hpp"
#include "engine/store_claim.hpp"
#include "envkeep/engine/restore.hpp"

#include <algorithm>
#include <chrono>

namespace envkeep::engine {

bool save_once(const Options& options,
               const MakeWorld& make_world,
               const std::string& store_id,
               const std::optional<system::ProcessId>& own_work) {
    const World world = without_patience(make_world());
    Result<Session> session = open_session(world, options);
    if (!session || session->store.id != store_id || !check_is_same_store(*session)) {
        return true;
    }
    const auto is_in_our_way = [&] {
        return own_work &&
               store::is_changed_by(*own_work, session->store, world.machine, world.files);
    };
    const bool was_in_our_way = is_in_our_way();
    const Result<SaveReport> saved = save(world, *session, {});
    if (saved) {
        return true;
    }
    const bool is_busy = saved.error().kind == ErrorKind::busy;
    if (is_busy && (was_in_our_way || is_in_our_way())) {
        return false;
    }
    state_of(*session).last_save_problem = saved.error().message;
    // Only a note for `status`: if the home itself cannot be written there is nowhere to say it.
    static_cast<void>(commit_state(world, *session));
    return !is_busy;
}

std::optional<model::Finding> nobody_saves(const World& world, const Session& session) {
    const std::optional<store::SessionState>& state = session.state;
    const bool has_copies = std::ranges::any_of(session.manifest.keeps, [](const auto& keep) {
        return keep.how == manifest::How::copy || keep.how == manifest::How::merge;
    });
    if (!state || !state->hook_ran_at.empty() || !has_copies || state->files.empty() ||
        !session.manifest.save_every || session.store.is_read_only ||
        live_background(world, session)) {
        return std::nullopt;
    }
    return model::Finding{
        .id = "save-not-begun",
        .severity = model::Severity::warning,
        .subject = "save",
        .title = "nothing is saved by itself here: no start has run in this session",
        .fix = {.commands = {"envkeep restore --start >/dev/null"},
                .text = "it does what a start does, and saves by itself from then on; 'envkeep "
                        "save' saves once"}};
}

void save_for_the_last_time(const Options& options,
                            const MakeWorld& make_world,
                            const std::string& store_id,
                            posix::SignalWaiter& signals) {
    using std::chrono::milliseconds;
    constexpr milliseconds nap{200};
    milliseconds left{8'000};
    while (!save_once(options, make_world, store_id, {}) && left > milliseconds::zero()) {
        static_cast<void>(signals.wait(nap));
        left -= nap;
    }
}

}  // namespace envkeep::engine

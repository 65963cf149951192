// SPDX-License-Identifier: MIT
#include "engine/restore_lease.hpp"

#include <algorithm>
#include <optional>

namespace envkeep::engine {
namespace {

// The one that the session's background holds, if it lives.
std::optional<store::Lease> lease_of_background(const World& world, const Session& session) {
    if (!session.state || session.state->session.empty()) {
        return std::nullopt;
    }
    const auto leases = store::list_leases(session.store, world.machine, world.files, nullptr);
    if (!leases) {
        return std::nullopt;
    }
    const auto found = std::ranges::find_if(*leases, [&](const store::LeaseSeen& seen) {
        return seen.lease.id == session.state->session && seen.state != store::LeaseState::dead;
    });
    return found == leases->end() ? std::nullopt : std::optional(found->lease);
}

}  // namespace

RestoreLease::RestoreLease(const World& world, const Session& session, const std::string& snapshot)
    : world_(world), store_(session.store), renewed_(world.machine.steady_now()) {
    if (store_.is_read_only) {
        return;
    }
    if (auto lease = lease_of_background(world, session)) {
        lease_ = *std::move(lease);
    } else if (auto taken =
                   store::take_lease(store_, session.home_path, world.machine, *world.writer)) {
        lease_ = *std::move(taken);
        lease_.is_of_run = true;
        is_own_ = true;
    } else {
        return;
    }
    lease_.snapshot = snapshot;
    static_cast<void>(store::renew_lease(store_, lease_, *world.writer));
}

RestoreLease::~RestoreLease() {
    if (is_own_) {
        // One that stays is stale in five minutes.
        static_cast<void>(
            store::release_lease(store_, lease_, world_.files, *world_.writer).has_value());
    }
}

void RestoreLease::renew() {
    const SteadyTime now = world_.machine.steady_now();
    if (!lease_.id.empty() && now - renewed_ >= store::lease_renewal) {
        renewed_ = now;
        static_cast<void>(store::renew_lease(store_, lease_, *world_.writer));
    }
}

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#include "engine/store_claim.hpp"

#include <algorithm>
#include <thread>

namespace envkeep::engine {

using std::chrono::milliseconds;

Result<store::ChangesClaim> claim_store(const World& world,
                                        const store::Store& store,
                                        const std::string& command,
                                        const Listener& listener) {
    constexpr milliseconds longest_nap{50};
    milliseconds left = world.claim_patience;
    while (true) {
        Result<store::ChangesClaim> claim =
            store::ChangesClaim::take(store, command, world.machine, world.files, *world.writer);
        const bool is_busy = !claim && claim.error().kind == ErrorKind::busy;
        if (!is_busy || left <= milliseconds::zero()) {
            return claim;
        }
        if (listener.phase) {
            listener.phase(waiting_for_claim);
        }
        const milliseconds nap = std::min(left, longest_nap);
        std::this_thread::sleep_for(nap);
        left -= nap;
    }
}

std::optional<store::ChangesClaim> claim_at_once(const World& world,
                                                 const store::Store& store,
                                                 const std::string& command) {
    Result<store::ChangesClaim> claim =
        store::ChangesClaim::take(store, command, world.machine, world.files, *world.writer);
    return claim ? std::optional(*std::move(claim)) : std::nullopt;
}

Result<std::optional<store::ChangesClaim>> claim_to_free(const World& world,
                                                         const store::Store& store,
                                                         const std::string& command) {
    Result<store::ChangesClaim> claim = claim_store(world, store, command);
    if (!claim && claim.error().kind == ErrorKind::no_space) {
        return std::nullopt;
    }
    ENVKEEP_CHECK(claim);
    return std::optional(*std::move(claim));
}

World without_patience(World world) {
    world.claim_patience = milliseconds::zero();
    return world;
}

}  // namespace envkeep::engine

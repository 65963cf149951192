// SPDX-License-Identifier: MIT
#include "engine/others_here.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/store/lease.hpp"

#include <fmt/format.h>

namespace envkeep::engine {

std::vector<std::string> others_here(const World& world, const Session& session) {
    const auto leases = store::list_leases(session.store, world.machine, world.files, world.writer);
    if (!leases) {
        return {fmt::format("it cannot be told which there are: {}", leases.error().message)};
    }
    std::vector<std::string> others;
    for (const store::LeaseSeen& seen : *leases) {
        const bool is_ours =
            seen.lease.home == session.home_path && seen.lease.container == session.container;
        if (seen.state == store::LeaseState::live && !is_ours) {
            others.push_back(fmt::format("{} on {} since {}",
                                         printable(seen.lease.home),
                                         printable(seen.lease.host),
                                         printable(seen.lease.started)));
        }
    }
    return others;
}

}  // namespace envkeep::engine

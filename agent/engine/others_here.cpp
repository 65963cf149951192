// SPDX-License-Identifier: MIT
#include "engine/others_here.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/store/lease.hpp"

#include <fmt/format.h>

namespace envkeep::engine {

std::vector<std::string> others_here(const World& world, const Session& session) {
    const auto leases = store::list_leases(session.store, world.machine, world.files, world.writer);
    std::vector<std::string> others;
    for (const store::LeaseSeen& seen : leases ? *leases : std::vector<store::LeaseSeen>()) {
        if (seen.state == store::LeaseState::live && seen.lease.container != session.container) {
            others.push_back(fmt::format("{} on {} since {}",
                                         printable(seen.lease.home),
                                         printable(seen.lease.host),
                                         printable(seen.lease.started)));
        }
    }
    return others;
}

}  // namespace envkeep::engine

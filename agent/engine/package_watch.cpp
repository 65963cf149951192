// SPDX-License-Identifier: MIT
#include "engine/package_watch.hpp"

#include "engine/package_groups.hpp"
#include "envkeep/packages/watch.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

std::optional<WallTime> packages_changed_at(const World& world,
                                            const Session& session,
                                            const snapshot::LayerState& state) {
    const WallTime known = state.holds_until.value_or(state.session_began);
    std::optional<WallTime> last;
    const Result<std::vector<std::string>> places =
        packages::watched_places(inventory_options(session, state), world.files, world.machine);
    for (const std::string& path : places.value_or(std::vector<std::string>{})) {
        const Result<system::Status> status = world.files.follow(path);
        if (status && status->kind != system::Kind::absent && status->changed >= known &&
            status->changed >= last.value_or(known)) {
            last = status->changed;
        }
    }
    return last;
}

}  // namespace envkeep::engine

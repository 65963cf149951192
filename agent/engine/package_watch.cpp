// SPDX-License-Identifier: MIT
#include "engine/package_watch.hpp"

#include "engine/layer_place.hpp"
#include "engine/package_groups.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/packages/watch.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace envkeep::engine {
namespace {

// What a restore brought is no change of the session's, nor is what fits of another image's
// snapshot.
WallTime known_until(const World& world,
                     const Session& session,
                     const snapshot::LayerState& state) {
    std::optional<WallTime> known = state.holds_until;
    if (!known && state.partly) {
        known = snapshot::part_saved_at(session.home, world.files);
    }
    return known.value_or(state.session_began);
}

}  // namespace

std::optional<WallTime> packages_changed_at(const World& world,
                                            const Session& session,
                                            const snapshot::LayerState& state) {
    const WallTime known = known_until(world, session, state);
    std::optional<WallTime> last;
    std::optional<Result<snapshot::Scope>> scope;  // asked for where something changed
    const Result<std::vector<std::string>> places =
        packages::watched_places(inventory_options(session, state), world.files, world.machine);
    for (const std::string& path : places.value_or(std::vector<std::string>{})) {
        const Result<system::Status> status = world.files.follow(path);
        if (!status || status->kind == system::Kind::absent || status->changed < known ||
            status->changed < last.value_or(known)) {
            continue;
        }
        if (!scope) {
            scope = scope_of(world, session);
        }
        if (!*scope || lies_in(**scope, path, world.files)) {
            last = status->changed;
        }
    }
    return last;
}

bool lies_in(const snapshot::Scope& scope, const std::string& absolute, system::FileReader& files) {
    const std::string path = files.real_path(absolute).value_or(absolute).substr(1);
    const auto is_above = [&](const std::string& folder) { return is_path_within(path, folder); };
    const auto root = std::ranges::find_if(scope.roots, is_above);
    if (root == scope.roots.end() || std::ranges::any_of(scope.mounts, is_above)) {
        return false;
    }
    // A walk does not go into what is left out.
    for (std::size_t end = root->size(); end < path.size(); end = path.find('/', end + 1)) {
        if (scope.omission_of(std::string_view(path).substr(0, end), system::Kind::folder) !=
            snapshot::Omission::none) {
            return false;
        }
    }
    return scope.omission_of(path, system::Kind::folder) == snapshot::Omission::none;
}

}  // namespace envkeep::engine

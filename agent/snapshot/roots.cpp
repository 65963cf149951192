// SPDX-License-Identifier: MIT
#include "envkeep/snapshot/roots.hpp"

#include "envkeep/core/rel_path.hpp"

#include <algorithm>
#include <utility>

namespace envkeep::snapshot {

Result<system::Place> Roots::place_of(std::string_view path) const {
    const bool is_below_home = !home_then.empty() && path.starts_with(home_then) &&
                               (path.size() == home_then.size() || path[home_then.size()] == '/');
    if (!is_below_home) {
        ENVKEEP_TRY(RelPath below, RelPath::parse(path));
        return system::Place{.root = machine, .path = std::move(below)};
    }
    path.remove_prefix(std::min(home_then.size() + 1, path.size()));
    ENVKEEP_TRY(RelPath below, RelPath::parse(path));
    return system::Place{.root = home, .path = std::move(below)};
}

}  // namespace envkeep::snapshot

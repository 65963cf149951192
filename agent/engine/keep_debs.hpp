// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/packages/inventory.hpp"
#include "envkeep/snapshot/scope.hpp"

#include <set>
#include <string>
#include <vector>

// Debian packages of sessions as files that dpkg takes, in the store's `packages/apt/`.
namespace envkeep::engine {

// The folder.
[[nodiscard]] system::Place debs_of(const store::Store& store);

// Names of those that can be put back here: none unless we are root and dpkg is there.
[[nodiscard]] std::set<std::string> kept_debs(const World& world, const Session& session);

// Keeps what this session installed and the store does not have yet: as apt fetched it, else made
// again from the installed files, as far as the scope lets them be stored. What could not be kept
// is told.
[[nodiscard]] std::vector<model::Finding> keep_debs(const World& world,
                                                    const Session& session,
                                                    const packages::Inventory& inventory,
                                                    const snapshot::Scope& scope);

}  // namespace envkeep::engine

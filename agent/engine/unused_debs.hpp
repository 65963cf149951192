// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/snapshot/collect.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

// Kept Debian packages, older than a day by the store's clock, that no snapshot of the list
// installed but those of the ids in `dropped`. Fails where a lock cannot be read: then all of them
// may be needed.
[[nodiscard]] Result<std::vector<snapshot::StoredFile>> unused_debs(
    const World& world,
    const Session& session,
    const snapshot::SnapshotList& list,
    const std::vector<std::string>& dropped,
    WallTime now);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/layers.hpp"

// Snapshots of the store that cannot be read: what is here is not what they held.
namespace envkeep::engine {

// Whether record and layer of a snapshot that is to come can be read.
[[nodiscard]] Result<void> check_can_come(const World& world,
                                          const Session& session,
                                          const snapshot::SnapshotList& list,
                                          const snapshot::LayerRef& coming);

}  // namespace envkeep::engine

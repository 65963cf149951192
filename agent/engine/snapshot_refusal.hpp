// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/layers.hpp"

#include <vector>

namespace envkeep::engine {

// Writes down, for `status`, why a snapshot was not taken: one that nobody watched, or one that
// lacked room. What is only busy is tried again soon. For whoever holds the lock of the layer.
void note_refusal(const World& world,
                  const Session& session,
                  const SnapshotOptions& options,
                  const Error& error);

// What the state says no more once one was taken, and what one that was taken by itself should have
// told its user.
void note_taken(snapshot::LayerState& state,
                const SnapshotOptions& options,
                const SnapshotReport& report);

// The last refusal, and what the last automatic snapshot lacks.
[[nodiscard]] std::vector<model::Finding> findings_of(const snapshot::LayerState& state);

}  // namespace envkeep::engine

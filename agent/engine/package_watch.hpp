// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/snapshot/layer_state.hpp"
#include "envkeep/snapshot/scope.hpp"

#include <optional>
#include <string>

namespace envkeep::engine {

// When package managers last changed what snapshots take of what is installed here, as the times of
// change of the few folders and files that each of them touches tell (some hundred stats, nothing
// is read); none where that was before the session began, or before its snapshot.
[[nodiscard]] std::optional<WallTime> packages_changed_at(const World& world,
                                                          const Session& session,
                                                          const snapshot::LayerState& state);

// Whether snapshots take what lies at this absolute path, or where its links lead.
[[nodiscard]] bool lies_in(const snapshot::Scope& scope,
                           const std::string& absolute,
                           system::FileReader& files);

}  // namespace envkeep::engine

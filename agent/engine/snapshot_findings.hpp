// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/layers.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

// Of a snapshot that is newer than what this session came from: another one took it, or this one
// went back behind it.
[[nodiscard]] model::Finding branch_finding(const std::string& other);

// Where a session that starts next gets another snapshot than the one that is here.
[[nodiscard]] std::vector<model::Finding> say_what_comes_next(const World& world,
                                                              const Session& session,
                                                              const snapshot::LayerState& state);

// Of the snapshot that this session came from, and that is damaged.
[[nodiscard]] model::Finding base_gone_finding(const std::string& id, const Error& error);

// Of databases that something wrote to while they were read, each as "/x.db: what became of it".
[[nodiscard]] model::Finding database_finding(std::vector<std::string> databases);

// What a record names of what was left out. It names so many: secrets come first.
[[nodiscard]] std::vector<snapshot::LeftOut> to_record(
    const std::vector<snapshot::LeftOut>& left_out);

// Counts what the layer holds.
void count(const snapshot::Layer& layer, SnapshotReport& report);

}  // namespace envkeep::engine

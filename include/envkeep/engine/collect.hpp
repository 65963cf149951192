// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/layers.hpp"
#include "envkeep/snapshot/collect.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace envkeep::engine {

struct CollectOptions {
    snapshot::KeepRule rule;
    bool is_dry_run = false;
};

struct CollectReport {
    Ending ending = Ending::well;
    std::size_t kept = 0;  // snapshots
    snapshot::GcPlan plan;
    snapshot::GcReport done;   // empty for a dry run
    std::size_t journals = 0;  // of old runs, of which nothing can be taken back any more
    std::vector<model::Finding> findings{};  // what blocks it, with the cure
};

// Old snapshots go to the trash with what only they need, and what has been there for a day is
// removed. What live sessions came from stays. Journals that no 'undo' can use go at once. busy if
// another session changes the store, but for a dry run; a full store is freed without looking for
// that.
[[nodiscard]] Result<CollectReport> collect_snapshots(const World& world,
                                                      const Session& session,
                                                      const CollectOptions& options);

}  // namespace envkeep::engine

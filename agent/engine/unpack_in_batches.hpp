// SPDX-License-Identifier: MIT
#pragma once

#include "engine/restore_lease.hpp"
#include "envkeep/engine/layers.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/plan_layer.hpp"
#include "envkeep/snapshot/roots.hpp"
#include "envkeep/system/tree_content.hpp"

#include <cstdint>
#include <set>
#include <vector>

namespace envkeep::engine {

struct RestoreCall {
    const World& world;
    const Session& session;
    const LayerRestoreOptions& options;
    const Listener& listener;
};

// What is brought back, where to, from where, and the lease that says so meanwhile.
struct LayerSource {
    const snapshot::Layer& layer;
    const snapshot::Roots& roots;
    system::TreeReader& packs;
    RestoreLease& lease;
};

// Carries out the steps, whole packages first as far as the limit of the options allows; the report
// says how far it came and what failed. Of `incomplete` groups something has failed before: what
// claims them is held back.
void unpack_in_batches(const RestoreCall& call,
                       const LayerSource& source,
                       const std::vector<snapshot::LayerStep>& steps,
                       std::set<std::uint32_t> incomplete,
                       LayerRestoreReport& report);

}  // namespace envkeep::engine

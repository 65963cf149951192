// SPDX-License-Identifier: MIT
#pragma once

#include "engine/other_image.hpp"
#include "engine/restore_lease.hpp"
#include "envkeep/engine/layers.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/plan_layer.hpp"
#include "envkeep/snapshot/roots.hpp"
#include "envkeep/system/tree_content.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

struct RestoreCall {
    const World& world;
    Session& session;
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

// What goes for what comes: the image's own versions, by group, and other versions of the session's
// packages, which go aside.
struct WhatGoes {
    const ImageRoom& room;
    const std::vector<std::string>& superseded;  // paths as layers have them
};

// Carries out the steps of the plan, whole packages first as far as the limit of the options
// allows; the report says how far it came and what failed. What stands in the way goes aside, and
// the image's own version of a package goes, only where what comes for it is proven to be there;
// other versions of the session's go last, where nothing failed.
[[nodiscard]] Result<void> unpack_in_batches(const RestoreCall& call,
                                             const LayerSource& source,
                                             const snapshot::LayerPlan& plan,
                                             const WhatGoes& goes,
                                             LayerRestoreReport& report);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "engine/layer_fit.hpp"
#include "envkeep/engine/layers.hpp"
#include "envkeep/snapshot/layer_state.hpp"
#include "envkeep/snapshot/plan_layer.hpp"
#include "envkeep/snapshot/roots.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace envkeep::engine {

// Files of this image's own version of a package that comes back, by the group that comes: what
// does not go with its place goes when all of the group is there, a list of files last.
using ImageRoom = std::map<std::uint32_t, std::vector<snapshot::LayerRemoval>>;

// What of a snapshot fits an image that it was not taken on.
struct FittingPart {
    snapshot::Layer layer;  // the entries that come back; no deletions
    ImageRoom room;
    std::vector<std::string> not_here;  // as LayerState has it
    std::vector<std::string> debs;      // likewise
    model::Finding finding;
};

[[nodiscard]] Result<FittingPart> part_for_this_image(const World& world,
                                                      const Session& session,
                                                      const snapshot::LayerState& state,
                                                      const snapshot::Snapshot& record,
                                                      snapshot::Layer layer,
                                                      const snapshot::Roots& roots);

// The snapshot that a session which has none starts from: of its own profile the newest of this
// very image, else the newest; where there is none, and the manifest names no profile, the newest
// of all. nullptr where there is none.
[[nodiscard]] const snapshot::Snapshot* snapshot_for(const snapshot::SnapshotList& list,
                                                     const std::string& profile,
                                                     const std::string& image,
                                                     bool is_profile_named);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/layers.hpp"
#include "envkeep/snapshot/capture.hpp"
#include "envkeep/snapshot/roots.hpp"
#include "envkeep/snapshot/scope.hpp"

#include <optional>
#include <string>

namespace envkeep::engine {

// As layers name what lies at an absolute path.
[[nodiscard]] std::string without_slash(std::string path);

// unsupported where this world has no way to read trees, or (if `writes`) to change them.
[[nodiscard]] Result<void> check_has_trees(const World& world, bool writes);

[[nodiscard]] snapshot::Shelf shelf_of(const World& world, const Session& session);

// What of this machine belongs to its layers.
[[nodiscard]] Result<snapshot::Scope> scope_of(const World& world, const Session& session);

// Of a layer that was taken in a home, as `Layer::home` says.
[[nodiscard]] Result<snapshot::Roots> roots_of(const World& world,
                                               const Session& session,
                                               const std::string& home_then);

[[nodiscard]] snapshot::CaptureTools capture_tools(const World& world);

// As the manifest says, else "debian-12": snapshots of one family of images follow one another.
[[nodiscard]] std::string profile_of(const World& world, const Session& session);

// Whether the manifest lets snapshots have that group.
[[nodiscard]] bool is_wanted(const manifest::Manifest& manifest, const snapshot::Group& group);

// This container's state; made (not yet written) if there is none: the session then began when the
// container did, and what is older is the image's, unless another container left a state here.
[[nodiscard]] Result<snapshot::LayerState> layer_state_of(const World& world,
                                                          const Session& session);

// busy if a pack that the layer names is gone (another session may have removed old snapshots), io
// if one is cut short or has another index than its name proves.
[[nodiscard]] Result<void> check_packs(const World& world,
                                       const Session& session,
                                       const snapshot::Layer& layer);

// By what the user typed: usage if there is none of that id.
[[nodiscard]] Result<snapshot::Snapshot> named_snapshot(const snapshot::SnapshotList& list,
                                                        const std::string& id);

// By the clock of files, which is another than the one that tells the start of the first process.
[[nodiscard]] WallTime container_began(const Session& session);

// What decides whether a thing may be replaced.
[[nodiscard]] snapshot::LayerContext layer_context(const World& world,
                                                   const snapshot::LayerState& state);

}  // namespace envkeep::engine

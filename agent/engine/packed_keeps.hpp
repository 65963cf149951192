// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/scope.hpp"

#include <functional>
#include <string>
#include <vector>

// Packed keeps: real in the home, recorded and brought by snapshots.
namespace envkeep::engine {

[[nodiscard]] bool has_packed(const manifest::Manifest& manifest);

// Places (absolute) of packed keeps that a layer has something of.
[[nodiscard]] Result<std::vector<std::string>> packed_in(const World& world,
                                                         const Session& session,
                                                         const snapshot::Layer& layer);

// Whether the snapshot that this session has, or is to get, holds a packed keep. Reads what it
// needs when it is asked first; world and session must live on.
[[nodiscard]] std::function<bool(const keep::WantedKeep&)> captured_here(const World& world,
                                                                         const Session& session);

// The layer without what lives in the store by now, as a keep, and without what would come to lie
// on another mount than "/": that is not the container's disk, and its files are nobody's image.
[[nodiscard]] snapshot::Layer without_kept(snapshot::Layer layer, const snapshot::Scope& scope);

}  // namespace envkeep::engine

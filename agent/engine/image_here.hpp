// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/snapshot/image_listing.hpp"
#include "envkeep/snapshot/layer_state.hpp"
#include "envkeep/snapshot/scope.hpp"

#include <optional>
#include <string>

// The image that this container was made from.
namespace envkeep::engine {

// What lies elsewhere (a keep's folder in the store, a volume) comes with no image.
[[nodiscard]] bool is_on_root_mount(const World& world, const std::string& absolute);

[[nodiscard]] Result<std::string> fingerprint_here(const World& world, const Session& session);

// The fingerprint of the image and the key of its dpkg status, taken once for each container: by
// the first start, before anything is restored. Remembered, unless this world has no writer.
[[nodiscard]] Result<void> know_image(const World& world,
                                      const Session& session,
                                      snapshot::LayerState& state);

// The listing of this container's image: as kept in the store, else taken now and kept. Where the
// kept one was taken of less than the scope, the rest is added. Fails where the kept one cannot be
// read now. Nothing is taken on a disk that others have used: what lies there is not the image's
// for certain.
[[nodiscard]] Result<snapshot::ImageListing> image_listing(const World& world,
                                                           const Session& session,
                                                           const snapshot::LayerState& state,
                                                           const snapshot::Scope& scope);

// The one in the store. It tells by itself what it covers.
[[nodiscard]] std::optional<snapshot::ImageListing> known_listing(
    const World& world, const Session& session, const snapshot::LayerState& state);

// To be called by what runs without a start before it, and before it changes anything: the image is
// looked up while it still is what the container began with. Once for each container.
[[nodiscard]] Result<void> meet_image(const World& world,
                                      const Session& session,
                                      const Listener& listener);

// Which disk the state speaks of, so that it is known again when the container is stopped and
// started. To be called before a state is saved first.
[[nodiscard]] Result<void> remember_disk(const World& world,
                                         const Session& session,
                                         snapshot::LayerState& state);

}  // namespace envkeep::engine

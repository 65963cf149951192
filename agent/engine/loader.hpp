// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/engine/world.hpp"
#include "envkeep/snapshot/unpack.hpp"
#include "envkeep/store/journal.hpp"

#include <string_view>
#include <vector>

namespace envkeep::engine {

// Whether the loader finds a library, or where to look for libraries, at that path below "/".
[[nodiscard]] bool concerns_loader(std::string_view path);

// Runs ldconfig, as root, if one of the steps brought such a path. What it could not do the loader
// makes up for by looking for itself.
void refresh_loader(const World& world,
                    const snapshot::Layer& layer,
                    const std::vector<snapshot::LayerStep>& steps);

// Has ldconfig write the loader's cache anew, as root, and keeps the old one, journaled. Its links
// stay as they are. False if it was as it would be.
[[nodiscard]] Result<bool> renew_loader_cache(const World& world,
                                              const Session& session,
                                              store::Journal& journal);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"
#include "envkeep/snapshot/unpack.hpp"

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

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"
#include "envkeep/manifest/manifest.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

// The entries that take another tool's store as it is (fastai's paperspace-setup keeps
// `/storage/cfg`): one for each name in the folder that begins with a dot, with `to:` leading
// there. Nothing is moved.
[[nodiscard]] Result<std::vector<manifest::Keep>> keeps_for_import(const World& world,
                                                                   const std::string& folder);

}  // namespace envkeep::engine

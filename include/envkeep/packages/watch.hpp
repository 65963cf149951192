// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/packages/inventory.hpp"

#include <string>
#include <vector>

namespace envkeep::packages {

// The files and folders, absolute, that package managers change whenever they install, change or
// remove something: site directories, conda-meta, dpkg's status, node_modules, kernelspecs, R's
// libraries, and where new environments appear. Nothing but names is read; what is not there may
// be among them.
[[nodiscard]] Result<std::vector<std::string>> watched_places(const InventoryOptions& options,
                                                              system::FileReader& files,
                                                              const system::Machine& machine);

}  // namespace envkeep::packages

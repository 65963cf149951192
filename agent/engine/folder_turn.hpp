// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"
#include "envkeep/posix/folder_lock.hpp"

#include <optional>

namespace envkeep::engine {

// For whoever reads a file of the home's state and writes it anew: no other process of this machine
// does so until the lock goes. The folder is made if it is missing. None where there are no locks,
// or another process keeps its turn: then it is changed all the same.
[[nodiscard]] std::optional<posix::FolderLock> turn_at(const World& world,
                                                       const system::Place& folder);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"
#include "envkeep/store/layout.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

struct BinaryChange {
    std::string note;  // "0.1.0 is in place", "0.1.0 in place of 0.0.9, which is kept"
    std::vector<std::string> changed;  // lines of what was done
};

// Refuses an older program than the one in the store (usage), before anything is written.
[[nodiscard]] Result<void> check_binary(const World& world, const store::Store& store);

// Puts the running program into the store by one rename; another version that was there is kept as
// `bin/envkeep.previous`. Another build of the same version takes the place of no earlier version
// there. An older program than the one there is refused (usage).
[[nodiscard]] Result<BinaryChange> install_binary(const World& world, const store::Store& store);

// Back to `bin/envkeep.previous`, which then holds the one that was in place.
[[nodiscard]] Result<BinaryChange> roll_back_binary(const World& world, const store::Store& store);

}  // namespace envkeep::engine

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

// Puts the running program into the store by one rename; a different one that was there is kept as
// `bin/envkeep.previous`. An older program than the one there is refused (usage).
[[nodiscard]] Result<BinaryChange> install_binary(const World& world, const store::Store& store);

// Back to `bin/envkeep.previous`, which then holds the one that was in place.
[[nodiscard]] Result<BinaryChange> roll_back_binary(const World& world, const store::Store& store);

}  // namespace envkeep::engine

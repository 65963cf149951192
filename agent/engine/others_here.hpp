// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

// A line for each session of another container or home that lives on this store: its home may have
// links to what is there. One that says why where that cannot be told.
[[nodiscard]] std::vector<std::string> others_here(const World& world, const Session& session);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"
#include "envkeep/model/plan.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

// The ways out of a conflict for which an edit of the manifest was given up: those of the plan rely
// on the edit. `adopt` is the command without its paths, `again` with them. None where only reading
// the reason helps, as with what the system mounted.
[[nodiscard]] std::vector<std::string> cures_without_entry(const World& world,
                                                           const model::Conflict& conflict,
                                                           const std::string& adopt,
                                                           const std::string& again);

}  // namespace envkeep::engine

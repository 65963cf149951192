// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/status.hpp"

namespace envkeep::engine {

// What became of the start in this container: `report.start`, and a finding with its cure unless it
// ran. Reads the image's start script where it did not begin.
void say_start(const World& world, Session& session, StatusReport& report);

}  // namespace envkeep::engine

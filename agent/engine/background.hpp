// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/start.hpp"

namespace envkeep::engine {

// The session's background process: holds the lease, writes changed copies back at the manifest's
// interval and once more at SIGTERM, then ends. Returns the exit status.
[[nodiscard]] int run_background(const Options& options, const MakeWorld& make_world);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/start.hpp"

namespace envkeep::engine {

// What the start began in the process `from` is this process's now: whoever waits for it looks
// whether that lives.
[[nodiscard]] Result<void> take_over_layer(const Options& options,
                                           const MakeWorld& make_world,
                                           const system::ProcessId& from);

// Once nobody of ours brings it: this process lives on, and nobody is to wait for it. busy while
// another process is at work on the layer.
[[nodiscard]] Result<void> give_up_layer(const Options& options, const MakeWorld& make_world);

}  // namespace envkeep::engine

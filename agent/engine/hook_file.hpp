// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"
#include "envkeep/store/layout.hpp"

#include <chrono>
#include <string>

namespace envkeep::engine {

// The text of hook.sh: kills the binary 5 s after the limit of the start.
[[nodiscard]] std::string hook_script(const std::string& store_base,
                                      std::chrono::milliseconds limit);

// The one line for pre-run.sh.
[[nodiscard]] std::string hook_line(const std::string& store_base);

// Writes hook.sh if it is missing or differs; says whether it did.
[[nodiscard]] Result<bool> write_hook_file(const World& world,
                                           const store::Store& store,
                                           std::chrono::milliseconds limit);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/hook.hpp"
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
// The same with the limit that the store's manifest gives.
[[nodiscard]] Result<bool> write_hook_file(const World& world, const store::Store& store);

// Our line in <store>/pre-run.sh, and out of it again. conflict if that is a link to a script that
// would have to be changed, or no file at all.
[[nodiscard]] Result<void> install_line(const World& world,
                                        const store::Store& store,
                                        HookReport& report);
[[nodiscard]] Result<void> remove_line(const World& world,
                                       const store::Store& store,
                                       HookReport& report);

}  // namespace envkeep::engine

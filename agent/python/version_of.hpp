// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/machine.hpp"

#include <optional>
#include <string>

namespace envkeep::python {

// X.Y of the interpreter with that absolute path, whose real path is `real`: by the real name
// ("python3.11"), by pyvenv.cfg, or by the one `lib/pythonX.Y` with a standard library beside it.
[[nodiscard]] std::optional<std::string> version_of(const std::string& path,
                                                    const std::string& real,
                                                    const system::Machine& machine);

}  // namespace envkeep::python

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/inspector.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace envkeep::python {

// The program of that name that execvp(3) would take with that PATH, as an absolute path.
[[nodiscard]] std::optional<std::string> on_path(const system::Inspector& machine,
                                                 std::string_view path,
                                                 std::string_view name);

}  // namespace envkeep::python

// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.hpp"

#include <string>

namespace envkeep::cli {

// For who types no command: what it is, and where to begin.
[[nodiscard]] std::string short_help();

// All commands and the flags that each takes.
[[nodiscard]] std::string general_help();

[[nodiscard]] std::string help_of(const Command& command);

// "envkeep adopt [FLAGS] PATH..."
[[nodiscard]] std::string synopsis_of(const Command& command);

// "--number N, -n N"
[[nodiscard]] std::string label_of(const Flag& flag);

}  // namespace envkeep::cli

// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.hpp"

#include <string>
#include <string_view>

namespace envkeep::cli {

// For who types no command: what it is, and where to begin.
[[nodiscard]] std::string short_help();

// All commands and the flags that each takes.
[[nodiscard]] std::string general_help();

// The commands of a family, such as "hook".
[[nodiscard]] std::string family_help(std::string_view family);

[[nodiscard]] std::string help_of(const Command& command);

// "envkeep adopt [FLAGS] PATH..."
[[nodiscard]] std::string synopsis_of(const Command& command);

// "--number N, -n N"
[[nodiscard]] std::string label_of(const Flag& flag);

}  // namespace envkeep::cli

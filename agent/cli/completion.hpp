// SPDX-License-Identifier: MIT
#pragma once

#include <string>

// Scripts for the shells, made from the table of commands.
namespace envkeep::cli {

[[nodiscard]] std::string bash_completion();
[[nodiscard]] std::string zsh_completion();
[[nodiscard]] std::string fish_completion();

}  // namespace envkeep::cli

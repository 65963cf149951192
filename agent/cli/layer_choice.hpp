// SPDX-License-Identifier: MIT
#pragma once

#include "cli/arguments.hpp"
#include "envkeep/core/result.hpp"

#include <array>
#include <string_view>

// Which snapshot, and what of it: '--at' and '--only', as 'plan' and 'restore' take them.
namespace envkeep::cli {

inline constexpr std::array<std::string_view, 6> layer_domains{
    "files", "python", "conda", "apt", "npm", "jupyter"};

// Refuses '--only' without '--at'.
[[nodiscard]] Result<void> check_layer_choice(std::string_view command, const Arguments& arguments);

}  // namespace envkeep::cli

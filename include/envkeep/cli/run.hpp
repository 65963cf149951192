// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/engine/world.hpp"
#include "envkeep/system/terminal.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace envkeep::cli {

// All that a command line reaches of the outside.
struct Outside {
    // The machine itself, or the captured one below `root`, which has no writer. What the world
    // refers to lives until the next call.
    std::function<Result<engine::World>(const std::optional<std::string>& root)> make_world;
    system::Output& out;
    system::Output& err;
    std::function<std::optional<std::string>(std::string_view)> variable;
};

// Runs the command that `arguments` (without the program's name) ask for; gives the exit status.
[[nodiscard]] int run(std::span<const std::string> arguments, const Outside& outside);

}  // namespace envkeep::cli

// SPDX-License-Identifier: MIT
#pragma once

#include "cli/arguments.hpp"
#include "cli/command.hpp"
#include "cli/words.hpp"

namespace envkeep::cli {

// The flags and operands of words.command, checked against what it takes; usage otherwise.
[[nodiscard]] Result<Arguments> parse(const Words& words);

}  // namespace envkeep::cli

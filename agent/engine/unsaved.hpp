// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/keep/save.hpp"

#include <string>

namespace envkeep::engine {

// Refuses what would be done without it; `what` is the first of it that counts, `undone` what was
// not done: "nothing was released".
[[nodiscard]] tl::unexpected<Error> not_saved(const keep::Unsaved& what, const std::string& undone);

}  // namespace envkeep::engine

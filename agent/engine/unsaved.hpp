// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/restore.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

struct Unsaved {
    std::string subject;  // "~/.history"
    std::string reason;
};

// What changed here and is not in the store after that save.
[[nodiscard]] std::vector<Unsaved> unsaved_after(const SaveReport& save);

// Refuses what would be done without it; `what` is the first of it that counts, `undone` what was
// not done: "nothing was released".
[[nodiscard]] tl::unexpected<Error> not_saved(const Unsaved& what, const std::string& undone);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "git/work.hpp"

#include <cstdint>
#include <string>

namespace envkeep::git {

enum class CloneEnd {
    done,
    failed,     // the findings say why
    was_taken,  // somebody else made that folder meanwhile
};

// Clones into a hidden folder beside the wished one, which becomes it by one rename when all is
// there; `mode` is that of the folder. What killed clones left beside it is removed.
[[nodiscard]] CloneEnd clone(Work& work, std::uint32_t mode);

}  // namespace envkeep::git

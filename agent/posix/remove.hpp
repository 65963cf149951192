// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/system/files.hpp"
#include "posix/files_state.hpp"

namespace envkeep::posix {

// Removes the file or link that was seen: it is taken to a temporary name, looked at there, and put
// back if it is another one (conflict).
[[nodiscard]] Result<void> remove_seen(const Spot& spot, const system::Status& seen);

}  // namespace envkeep::posix

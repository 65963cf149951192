// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/system/files.hpp"

namespace envkeep::keep {

// True if all that is in `part` stands in `whole` too, with the same bytes and link texts. What the
// copy of a tree left out is missing in `part`; sockets and the like count as left out.
[[nodiscard]] Result<bool> is_held_by(const system::Place& part,
                                      const system::Place& whole,
                                      system::FileReader& files);

// The same for a copy that was cut short: its files may end early.
[[nodiscard]] Result<bool> is_begun_copy_of(const system::Place& part,
                                            const system::Place& whole,
                                            system::FileReader& files);

}  // namespace envkeep::keep

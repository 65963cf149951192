// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/system/files.hpp"

#include <vector>

namespace envkeep::keep {

// no_space, before anything is written, where a copy of `from` does not go into the file system of
// `to`: bytes and number of files. What cannot be told does not count.
[[nodiscard]] Result<void> check_room_for_copy(const system::Place& from,
                                               const system::Place& to,
                                               std::vector<RelPath> left_out,
                                               system::FileReader& files);

}  // namespace envkeep::keep

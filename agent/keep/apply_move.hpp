// SPDX-License-Identifier: MIT
#pragma once

#include "keep/apply_work.hpp"

#include <string>

namespace envkeep::keep {

// Takes what stands at `from` to `to`: by one rename; where the kernel does not move a folder
// (overlayfs: one of the image, EXDEV) by copying it whole first, then moving the old children out
// one by one. After an error it stands at `from` again, or `work.is_half_done` is set and the error
// says where its parts are. conflict if it is not what was `seen`; a link must lead to `target`.
[[nodiscard]] Result<void> move_apart(Work& work,
                                      const system::Place& from,
                                      const system::Place& to,
                                      const system::Status& seen,
                                      const std::string& target);

// Moves what is left at `from` to `to`, into folders that are there already; nothing is replaced.
[[nodiscard]] Result<void> merge_into(const system::Place& from,
                                      const system::Place& to,
                                      system::FileReader& files,
                                      system::FileWriter& writer);

}  // namespace envkeep::keep

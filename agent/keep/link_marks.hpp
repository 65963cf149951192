// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/files.hpp"

#include <string>

// In the home, where nobody else writes: that a link stood at a path of this session and led to
// `target`, until a run took it away. A journal in the store alone proves nothing.
namespace envkeep::keep {

// Without the mark an undo does not make that link again: nothing to report.
void mark_link(system::RootId home,
               const std::string& path,
               const std::string& target,
               system::FileWriter& writer);

[[nodiscard]] bool is_link_marked(system::RootId home,
                                  const std::string& path,
                                  const std::string& target,
                                  system::FileReader& files);

}  // namespace envkeep::keep

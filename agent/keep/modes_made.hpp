// SPDX-License-Identifier: MIT
#pragma once

#include "keep/modes_views.hpp"

#include <map>
#include <vector>

namespace envkeep::keep {

// What presets and rules say of the keeps' places, their sources and the folders on the way in the
// home, should a plan make them.
[[nodiscard]] std::map<system::Place, MadeModes> modes_of_made(const std::vector<ModeRule>& rules,
                                                               const Wanted& wanted,
                                                               const ModesContext& context,
                                                               system::FileReader& files);

}  // namespace envkeep::keep

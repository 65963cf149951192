// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/reach.hpp"

#include <string>
#include <vector>

namespace envkeep::keep {

// Of each change of a run, why it is not to be taken back; empty: it may be. It is out of reach, or
// it makes a link that no keep has and that this home does not know to have been there, or it took
// the place of such a link: nothing would stand there else.
[[nodiscard]] std::vector<std::string> why_not_to_undo(const store::RunRecord& run,
                                                       const Reach& reach,
                                                       system::FileReader& files);

}  // namespace envkeep::keep

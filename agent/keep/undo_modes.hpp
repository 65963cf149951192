// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/keep/reach.hpp"
#include "envkeep/system/files.hpp"

#include <cstdint>

namespace envkeep::keep {

// Whether others could do more if a mode came back that a journal tells of: write there, run it in
// somebody's name, or read a secret. `now` is the mode that stands at `place`.
[[nodiscard]] Result<bool> opens_to_others(const store::Change& change,
                                           std::uint32_t now,
                                           const system::Place& place,
                                           const Reach& reach,
                                           system::FileReader& files);

}  // namespace envkeep::keep

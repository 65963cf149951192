// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/wanted.hpp"

#include <vector>

namespace envkeep::keep {

// Finds the keeps whose places lie below another place.
class NestedKeeps {
  public:
    explicit NestedKeeps(const Wanted& wanted);  // which must outlive it

    // By place.
    [[nodiscard]] const std::vector<const WantedKeep*>& sorted() const { return sorted_; }

    // Relative to `place`, sorted; `place` itself is none of them.
    [[nodiscard]] std::vector<RelPath> below(const system::Place& place) const;

  private:
    std::vector<const WantedKeep*> sorted_;
};

// The paths below a keep's place that it does not speak for, sorted.
[[nodiscard]] std::vector<RelPath> left_out_of(const WantedKeep& keep, const NestedKeeps& nested);

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/model/plan.hpp"
#include "envkeep/system/files.hpp"

#include <set>
#include <string>

namespace envkeep::keep {

// Tells changes in the store, which any session can take back, from those in this container.
class StoreSide {
  public:
    StoreSide(const model::Plan& plan, const system::FileReader& files);

    // True for the sources of keeps, what is in them, and the folders on the way to them.
    [[nodiscard]] bool holds(const system::Place& place) const;

  private:
    const system::FileReader& files_;
    std::set<std::string> sources_;  // absolute
};

}  // namespace envkeep::keep

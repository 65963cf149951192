// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"

#include <string>
#include <string_view>

namespace envkeep::engine {

// One line in the home's state folder that says how far the background is with a snapshot: written
// at most once a second, read by 'status' and 'wait'.
class LayerProgress {
  public:
    LayerProgress(const World& world, system::RootId home) : world_(world), home_(home) {}

    void tell(std::string_view phase);

    [[nodiscard]] static std::string last(const World& world, system::RootId home);

  private:
    const World& world_;
    system::RootId home_;
    SteadyTime told_{};
};

}  // namespace envkeep::engine

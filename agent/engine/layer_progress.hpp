// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace envkeep::engine {

// How far the background is with a snapshot: a line in the home's state folder, written at most
// once a second, read by 'status' and 'wait'; and the notice of the first terminal, where nobody
// has read it yet.
class LayerProgress {
  public:
    LayerProgress(const World& world, system::RootId home) : world_(world), home_(home) {}

    void tell(std::string_view phase);

    // Nothing is coming any more; what is not here, 'status' tells, and 'log' where things are that
    // went aside.
    void end(bool is_whole, std::size_t aside = 0);

    [[nodiscard]] static std::string last(const World& world, system::RootId home);

  private:
    const World& world_;
    system::RootId home_;
    SteadyTime told_{};
};

// The line for the first terminal while packages are coming back.
[[nodiscard]] std::string coming_notice(std::string_view phase);

}  // namespace envkeep::engine

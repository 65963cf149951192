// SPDX-License-Identifier: MIT
#pragma once

#include "cli/ticker.hpp"
#include "envkeep/system/terminal.hpp"

#include <chrono>
#include <string>

namespace envkeep::cli {

// Says once, while it lives, that the store lets the command wait: whoever hangs in a look at it
// can say nothing himself.
class SlowStore {
  public:
    static constexpr std::chrono::milliseconds patience{5000};

    // `base` as the user named it; empty: not known before the store is asked.
    SlowStore(system::Output& err,
              const std::string& base,
              std::chrono::milliseconds delay = patience);

  private:
    Ticker ticker_;
};

}  // namespace envkeep::cli

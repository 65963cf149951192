// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"
#include "envkeep/system/terminal.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace envkeep::cli {

// One line on a terminal that says what a long story is at; nothing before half a second has
// passed. The line is taken away at the end.
class Progress {
  public:
    static constexpr std::chrono::milliseconds silence{500};
    static constexpr std::chrono::milliseconds refresh{250};
    static constexpr std::string_view clear_line = "\r\x1b[K";

    explicit Progress(system::Output& terminal, std::chrono::milliseconds delay = silence);
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    ~Progress();

    // Refers to this object.
    [[nodiscard]] engine::Listener listener();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace envkeep::cli

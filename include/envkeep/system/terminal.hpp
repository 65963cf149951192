// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace envkeep::system {

// Where people's and programs' text goes. A closed or broken pipe is not an error.
class Output {
  public:
    virtual ~Output() = default;

    virtual void write(std::string_view text) = 0;

    [[nodiscard]] virtual bool is_terminal() const = 0;
    // Columns of the terminal; 80 where there is none.
    [[nodiscard]] virtual int width() const = 0;
};

}  // namespace envkeep::system

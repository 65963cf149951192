// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <optional>
#include <string_view>

namespace envkeep::system {

// Where people's and programs' text goes. A stream that nobody reads any more is not an error.
class Output {
  public:
    virtual ~Output() = default;

    virtual void write(std::string_view text) = 0;

    // Why some of it could not be written, as on a full disk.
    [[nodiscard]] virtual std::optional<Error> failure() const { return std::nullopt; }

    [[nodiscard]] virtual bool is_terminal() const = 0;
    // Columns of the terminal; 80 where there is none.
    [[nodiscard]] virtual int width() const = 0;
};

}  // namespace envkeep::system

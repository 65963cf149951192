// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/time.hpp"

#include <optional>
#include <string_view>

namespace envkeep::cli {

// Of "2026-11-20T23:24:59Z"; nothing for any other text.
[[nodiscard]] std::optional<WallTime> parse_utc(std::string_view text);

}  // namespace envkeep::cli

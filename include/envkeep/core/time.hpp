// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace envkeep {

// Nanoseconds since 1970-01-01 UTC, as stat(2) gives them.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;
// The clock that does not jump; counts while the machine is up (CLOCK_MONOTONIC).
using SteadyTime = std::chrono::steady_clock::time_point;

// "2026-11-20T23:24:59Z".
[[nodiscard]] std::string utc_text(WallTime when);

// Of such a text; nothing for any other one.
[[nodiscard]] std::optional<WallTime> parse_utc(std::string_view text);

// "3 s", "12 min", "5 h", "2 d": how long ago something was, to one unit.
[[nodiscard]] std::string age_text(std::chrono::nanoseconds age);

// Reads "15s", "500ms", "2min", "1h", "30d"; a bare number and a negative one are refused,
// and what nanoseconds cannot count (292 years).
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace envkeep

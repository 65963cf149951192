// SPDX-License-Identifier: MIT
#include "envkeep/core/time.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace envkeep {

std::string utc_text(WallTime when) {
    const std::time_t seconds =
        std::chrono::floor<std::chrono::seconds>(when.time_since_epoch()).count();
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
                       parts.tm_year + 1900,
                       parts.tm_mon + 1,
                       parts.tm_mday,
                       parts.tm_hour,
                       parts.tm_min,
                       parts.tm_sec);
}

std::string age_text(std::chrono::nanoseconds age) {
    const auto seconds =
        std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(age).count());
    if (seconds < 60) {
        return fmt::format("{} s", seconds);
    }
    if (seconds < 3600) {
        return fmt::format("{} min", seconds / 60);
    }
    if (seconds < 2 * 86400) {
        return fmt::format("{} h", seconds / 3600);
    }
    return fmt::format("{} d", seconds / 86400);
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    struct Unit {
        std::string_view name;
        std::int64_t milliseconds;
    };

    constexpr std::array<Unit, 7> units{{{"ms", 1},
                                         {"s", 1000},
                                         {"min", 60'000},
                                         {"m", 60'000},
                                         {"h", 3'600'000},
                                         {"d", 86'400'000},
                                         {"w", 604'800'000}}};
    std::int64_t amount = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
    const std::string_view name(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
    const auto* const unit =
        std::find_if(units.begin(), units.end(), [&](const Unit& one) { return one.name == name; });
    if (error != std::errc{} || amount < 0 || unit == units.end()) {
        return failure(ErrorKind::usage,
                       quoted(text) + " is no duration",
                       "write a whole number and a unit: 500ms, 15s, 2min, 1h, 30d");
    }
    // A time that it is taken from is counted in nanoseconds.
    constexpr std::int64_t most =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::nanoseconds::max()).count();
    if (amount > most / unit->milliseconds) {
        return failure(ErrorKind::usage,
                       quoted(text) + " is too long",
                       fmt::format("{}{} is the most", most / unit->milliseconds, unit->name));
    }
    return std::chrono::milliseconds(amount * unit->milliseconds);
}

}  // namespace envkeep

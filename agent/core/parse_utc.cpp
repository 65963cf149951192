// SPDX-License-Identifier: MIT
#include "envkeep/core/time.hpp"

#include <array>
#include <charconv>
#include <chrono>

namespace envkeep {

std::optional<WallTime> parse_utc(std::string_view text) {
    constexpr std::string_view form = "0000-00-00T00:00:00Z";
    std::array<int, 6> numbers{};
    if (text.size() != form.size()) {
        return std::nullopt;
    }
    std::size_t at = 0;
    for (int& number : numbers) {
        const std::size_t length = at == 0 ? 4 : 2;
        const std::string_view digits = text.substr(at, length);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (error != std::errc{} || end != digits.data() + digits.size() || number < 0 ||
            text[at + length] != form[at + length]) {
            return std::nullopt;
        }
        at += length + 1;
    }
    const std::chrono::year_month_day date{std::chrono::year(numbers[0]),
                                           std::chrono::month(static_cast<unsigned>(numbers[1])),
                                           std::chrono::day(static_cast<unsigned>(numbers[2]))};
    // In nanoseconds, years of which each is whole.
    constexpr std::chrono::year first{1970};
    constexpr std::chrono::year last{2261};
    const bool is_of_day = numbers[3] < 24 && numbers[4] < 60 && numbers[5] < 60;
    if (!date.ok() || date.year() < first || date.year() > last || !is_of_day) {
        return std::nullopt;
    }
    return WallTime(std::chrono::sys_days(date).time_since_epoch() +
                    std::chrono::hours(numbers[3]) + std::chrono::minutes(numbers[4]) +
                    std::chrono::seconds(numbers[5]));
}

}  // namespace envkeep

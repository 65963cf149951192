// SPDX-License-Identifier: MIT
#include "store/run_id.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>

namespace envkeep::store {
namespace {

// The digits of `text` at [from, from + count) as a number.
std::optional<int> number_at(std::string_view text, std::size_t from, std::size_t count) {
    int number = 0;
    for (const char c : text.substr(from, count)) {
        if (c < '0' || c > '9') {
            return std::nullopt;
        }
        number = 10 * number + (c - '0');
    }
    return number;
}

}  // namespace

std::string new_run_id(WallTime now, const system::Machine& machine) {
    const std::string text = utc_text(now);
    std::string id;
    std::ranges::copy_if(text, std::back_inserter(id), [](char c) { return c != '-' && c != ':'; });
    const auto within_second = now - std::chrono::floor<std::chrono::seconds>(now);
    const auto microseconds =
        std::chrono::duration_cast<std::chrono::microseconds>(within_second).count();
    return id + fmt::format("-{:05x}{}", microseconds, machine.random_id().substr(0, 5));
}

std::optional<WallTime> time_of_run(std::string_view id) {
    if (id.size() < 17 || id[8] != 'T' || id[15] != 'Z' || id[16] != '-') {
        return std::nullopt;
    }
    const auto year = number_at(id, 0, 4);
    const auto month = number_at(id, 4, 2);
    const auto day = number_at(id, 6, 2);
    const auto hour = number_at(id, 9, 2);
    const auto minute = number_at(id, 11, 2);
    const auto second = number_at(id, 13, 2);
    if (!year || !month || !day || !hour || !minute || !second) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    // A time that no clock of ours can hold is nobody's.
    constexpr int first_year = 1970;
    constexpr int last_year = 2261;
    if (!date.ok() || *year < first_year || *year > last_year) {
        return std::nullopt;
    }
    return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
           std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

}  // namespace envkeep::store

// SPDX-License-Identifier: MIT
#include "snapshot/store_names.hpp"

#include "snapshot/lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace envkeep::snapshot {
namespace {

constexpr std::string_view time_pattern = "YYYYMMDDTHHMMSSZ.";

bool is_plain(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') ||
           std::string_view("._-+").find(letter) != std::string_view::npos;
}

std::optional<unsigned> digits_at(std::string_view text, std::size_t at, std::size_t count) {
    const std::string_view digits = text.substr(at, count);
    unsigned number = 0;
    const auto [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool is_number = code == std::errc{} && stop == digits.data() + digits.size();
    return is_number ? std::optional(number) : std::nullopt;
}

}  // namespace

bool is_plain_name(std::string_view name) {
    constexpr std::size_t longest = 128;
    return !name.empty() && name.size() <= longest && name[0] != '.' && name[0] != '-' &&
           std::ranges::all_of(name, is_plain);
}

std::optional<std::string> digest_before(std::string_view name, std::string_view suffix) {
    if (!name.ends_with(suffix)) {
        return std::nullopt;
    }
    name.remove_suffix(suffix.size());
    return digest_of_hex(name) ? std::optional<std::string>(name) : std::nullopt;
}

std::string ref_name(std::uint32_t number) {
    return fmt::format("{:06}", number);
}

std::uint32_t number_of_ref(std::string_view name) {
    const auto number = digits_at(name, 0, name.size()).value_or(0);
    return number <= largest_ref_number && ref_name(number) == name ? number : 0;
}

std::string path_of(const Ref& ref) {
    return fmt::format("{}/{}/{}", store::names::refs, ref.profile, ref_name(ref.number));
}

std::string trash_name(WallTime when, std::string_view path) {
    std::string name = utc_text(when);
    std::erase_if(name, [](char letter) { return letter == '-' || letter == ':'; });
    name += '.';
    name += path;
    std::ranges::replace(name, '/', '.');
    return name;
}

std::string path_of_trash(std::string_view name) {
    std::string path(name.substr(time_pattern.size()));
    if (const std::size_t dot = path.find('.'); dot != std::string::npos) {
        path[dot] = '/';
    }
    return path;
}

std::optional<WallTime> time_of_trash(std::string_view name) {
    namespace chrono = std::chrono;
    if (name.size() <= time_pattern.size() || name[8] != 'T' || name[15] != 'Z' ||
        name[16] != '.') {
        return std::nullopt;
    }
    const auto year = digits_at(name, 0, 4);
    const auto month = digits_at(name, 4, 2);
    const auto day = digits_at(name, 6, 2);
    const auto hour = digits_at(name, 9, 2);
    const auto minute = digits_at(name, 11, 2);
    const auto second = digits_at(name, 13, 2);
    if (!year || !month || !day || !hour || !minute || !second) {
        return std::nullopt;
    }
    const chrono::year_month_day date{
        chrono::year(static_cast<int>(*year)), chrono::month(*month), chrono::day(*day)};
    if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) {
        return std::nullopt;
    }
    return WallTime(chrono::sys_days(date) + chrono::hours(*hour) + chrono::minutes(*minute) +
                    chrono::seconds(*second));
}

}  // namespace envkeep::snapshot

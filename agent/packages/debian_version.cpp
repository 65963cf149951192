// SPDX-License-Identifier: MIT
#include "envkeep/packages/debian_version.hpp"

#include <algorithm>
#include <cstddef>

namespace envkeep::packages {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// '~' before the end of a text, then letters, then all else.
int weight_at(std::string_view text) {
    constexpr int above_letters = 256;
    if (text.empty() || is_digit(text.front())) {
        return 0;
    }
    const char c = text.front();
    if (c == '~') {
        return -1;
    }
    return is_letter(c) ? c : static_cast<unsigned char>(c) + above_letters;
}

std::string_view take_number(std::string_view& text) {
    const auto end = std::ranges::find_if_not(text, is_digit);
    std::string_view number = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(number.size());
    number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
    return number;
}

std::strong_ordering compare_parts(std::string_view one, std::string_view other) {
    while (!one.empty() || !other.empty()) {
        while ((!one.empty() && !is_digit(one.front())) ||
               (!other.empty() && !is_digit(other.front()))) {
            if (const auto order = weight_at(one) <=> weight_at(other); order != 0) {
                return order;
            }
            // Of the same weight: both have that character.
            one.remove_prefix(std::min<std::size_t>(1, one.size()));
            other.remove_prefix(std::min<std::size_t>(1, other.size()));
        }
        const std::string_view number = take_number(one);
        const std::string_view number_of_other = take_number(other);
        if (const auto order = number.size() <=> number_of_other.size(); order != 0) {
            return order;
        }
        if (const auto order = number <=> number_of_other; order != 0) {
            return order;
        }
    }
    return std::strong_ordering::equal;
}

struct Version {
    std::string_view epoch;
    std::string_view upstream;
    std::string_view revision;
};

Version version_of(std::string_view text) {
    Version version;
    if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
        version.epoch = text.substr(0, colon);
        text.remove_prefix(colon + 1);
    }
    const std::size_t dash = text.rfind('-');
    version.upstream = text.substr(0, dash);
    version.revision = dash == std::string_view::npos ? std::string_view{} : text.substr(dash + 1);
    return version;
}

}  // namespace

std::strong_ordering compare_debian_versions(std::string_view one, std::string_view other) {
    const Version first = version_of(one);
    const Version second = version_of(other);
    if (const auto order = compare_parts(first.epoch, second.epoch); order != 0) {
        return order;
    }
    if (const auto order = compare_parts(first.upstream, second.upstream); order != 0) {
        return order;
    }
    return compare_parts(first.revision, second.revision);
}

}  // namespace envkeep::packages

// SPDX-License-Identifier: MIT
#include "envkeep/core/version.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>
#include <charconv>

namespace envkeep {
namespace {

// Stands once in the program's bytes; `version` reads it, so that the linker keeps it.
constexpr std::string_view mark_and_version = "envkeep program version: " ENVKEEP_VERSION ";";
constexpr std::size_t mark_size = mark_and_version.find(':') + 2;

unsigned number(std::string_view text) {
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

std::string_view version() {
    return mark_and_version.substr(mark_size, mark_and_version.size() - mark_size - 1);
}

std::optional<std::string> version_in_program(std::string_view program) {
    constexpr std::size_t longest = 40;
    const std::string_view mark = mark_and_version.substr(0, mark_size);
    for (std::size_t at = program.find(mark); at != std::string_view::npos;
         at = program.find(mark, at + mark_size)) {
        const std::string_view rest = program.substr(at + mark_size, longest);
        const std::size_t end = rest.find(';');
        if (end != std::string_view::npos && end != 0) {
            return std::string(rest.substr(0, end));
        }
    }
    return std::nullopt;
}

std::strong_ordering compare_versions(std::string_view one, std::string_view other) {
    const auto left = split(one, '.');
    const auto right = split(other, '.');
    for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
        const unsigned a = i < left.size() ? number(left[i]) : 0;
        const unsigned b = i < right.size() ? number(right[i]) : 0;
        if (a != b) {
            return a <=> b;
        }
    }
    return std::strong_ordering::equal;
}

}  // namespace envkeep

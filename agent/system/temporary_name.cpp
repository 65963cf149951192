// SPDX-License-Identifier: MIT
#include "envkeep/system/temporary_name.hpp"

#include "envkeep/core/digest.hpp"

#include <fmt/format.h>

#include <charconv>

namespace envkeep::system {
namespace {

constexpr std::string_view mark = ".envkeep-";
constexpr std::size_t digits = 8;
constexpr int base = 16;
// Room for dot, mark and digits also where names have 143 bytes at most (eCryptfs).
constexpr std::size_t longest_kept = 120;
constexpr std::size_t longest_character = 4;  // in UTF-8

// At most `longest_kept` bytes, cut between UTF-8 sequences: some file systems take nothing else.
std::string_view shortened(std::string_view name) {
    if (name.size() <= longest_kept) {
        return name;
    }
    std::size_t end = longest_kept;
    while (end > longest_kept - longest_character &&
           (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) {
        --end;
    }
    return name.substr(0, end);
}

std::uint32_t number_in(std::string_view text) {
    std::uint32_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number, base);
    return number;
}

}  // namespace

std::string temporary_name(std::string_view name, std::uint32_t number) {
    return fmt::format(".{}{}{:0{}x}", shortened(name), mark, number, digits);
}

bool is_temporary_name(std::string_view name) {
    if (name.size() < 1 + mark.size() + digits || name[0] != '.') {
        return false;
    }
    const std::string_view tail = name.substr(name.size() - mark.size() - digits);
    return tail.starts_with(mark) &&
           tail.find_first_not_of("0123456789abcdef", mark.size()) == std::string_view::npos;
}

bool is_temporary_of(std::string_view temporary, std::string_view name) {
    return !name.empty() && is_temporary_name(temporary) &&
           temporary.substr(1, temporary.size() - 1 - mark.size() - digits) == shortened(name);
}

std::uint32_t first_number_of_run(std::string_view run) {
    return number_in(digest_of(run).text().substr(0, digits));
}

bool is_temporary_of_run(std::string_view temporary, std::string_view run) {
    return is_temporary_name(temporary) &&
           number_in(temporary.substr(temporary.size() - digits)) - first_number_of_run(run) <
               numbers_of_run;
}

}  // namespace envkeep::system

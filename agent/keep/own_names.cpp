// SPDX-License-Identifier: MIT
#include "keep/own_names.hpp"

#include "envkeep/store/layout.hpp"

namespace envkeep::keep {
namespace {

constexpr std::string_view temporary_mark = ".envkeep-";
constexpr std::size_t random_digits = 8;

// ".NAME.envkeep-0123abcd", as the writer of files makes them.
bool is_temporary(std::string_view name) {
    if (!name.starts_with('.') || name.size() < temporary_mark.size() + random_digits) {
        return false;
    }
    const std::string_view digits = name.substr(name.size() - random_digits);
    const std::string_view before = name.substr(0, name.size() - random_digits);
    return before.ends_with(temporary_mark) &&
           digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

bool is_own_name(std::string_view name) {
    return name == store::names::aside || name == store::names::state || is_temporary(name);
}

}  // namespace envkeep::keep

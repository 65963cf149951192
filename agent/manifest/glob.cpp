// SPDX-License-Identifier: MIT
#include "envkeep/manifest/glob.hpp"

#include <cstddef>

namespace envkeep::manifest {
namespace {

constexpr std::size_t none = std::string_view::npos;

// Where the set that begins at `at` ends; none if it never does, then '[' stands for itself.
std::size_t end_of_set(std::string_view pattern, std::size_t at) {
    const bool is_negated = at + 1 < pattern.size() && pattern[at + 1] == '!';
    return pattern.find(']', at + (is_negated ? 3 : 2));
}

bool is_in_set(std::string_view set, char c) {
    const bool is_negated = set.starts_with('!');
    if (is_negated) {
        set.remove_prefix(1);
    }
    bool is_found = false;
    for (std::size_t i = 0; i < set.size(); ++i) {
        if (i + 2 < set.size() && set[i + 1] == '-') {
            is_found = is_found || (set[i] <= c && c <= set[i + 2]);
            i += 2;
        } else {
            is_found = is_found || set[i] == c;
        }
    }
    return is_found != is_negated;
}

// Where the pattern goes on after its part at `at` has taken `c`; none if it does not.
std::size_t take(std::string_view pattern, std::size_t at, char c) {
    if (at >= pattern.size()) {
        return none;
    }
    if (pattern[at] == '?') {
        return at + 1;
    }
    if (pattern[at] == '[') {
        if (const std::size_t end = end_of_set(pattern, at); end != none) {
            return is_in_set(pattern.substr(at + 1, end - at - 1), c) ? end + 1 : none;
        }
    }
    const bool is_escaped = pattern[at] == '\\' && at + 1 < pattern.size();
    const std::size_t plain = is_escaped ? at + 1 : at;
    return pattern[plain] == c ? plain + 1 : none;
}

}  // namespace

bool fits(std::string_view pattern, std::string_view text) {
    std::size_t at = 0;
    std::size_t after_star = none;  // where to go on in the pattern...
    std::size_t star_end = 0;       // ...when its last star takes in the text up to here
    std::size_t i = 0;
    while (i < text.size()) {
        if (at < pattern.size() && pattern[at] == '*') {
            after_star = ++at;
            star_end = i;
            continue;
        }
        if (const std::size_t next = take(pattern, at, text[i]); next != none) {
            at = next;
            ++i;
        } else if (after_star != none) {
            at = after_star;
            i = ++star_end;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', at) == none;
}

}  // namespace envkeep::manifest

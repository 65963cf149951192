// SPDX-License-Identifier: MIT
#include "git/host_pattern.hpp"

namespace envkeep::git {

bool fits_pattern(std::string_view text, std::string_view pattern) {
    std::size_t t = 0;
    std::size_t p = 0;
    std::size_t star = std::string_view::npos;  // the last `*`, and what it takes in so far
    std::size_t taken = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            taken = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++taken;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool fits_patterns(std::string_view text, const std::vector<std::string_view>& patterns) {
    bool fits = false;
    for (const std::string_view pattern : patterns) {
        if (pattern.starts_with('!')) {
            if (fits_pattern(text, pattern.substr(1))) {
                return false;
            }
        } else {
            fits = fits || fits_pattern(text, pattern);
        }
    }
    return fits;
}

}  // namespace envkeep::git

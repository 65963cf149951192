// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

// The patterns of ssh_config(5) and known_hosts(5): `*` and `?`, and `!` before what rules out.
namespace envkeep::git {

// Whether the whole text fits `*` and `?`; everything else is literal.
[[nodiscard]] bool fits_pattern(std::string_view text, std::string_view pattern);

// Whether one of the patterns fits and none that begins with `!` does.
[[nodiscard]] bool fits_patterns(std::string_view text,
                                 const std::vector<std::string_view>& patterns);

}  // namespace envkeep::git

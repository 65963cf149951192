// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace envkeep::manifest {

// Whether a text as a whole fits a pattern of `*`, `?`, `[a-z]`, `[!a-z]` and `\x` for x itself.
// `*` takes in any text, slashes too.
[[nodiscard]] bool fits(std::string_view pattern, std::string_view text);

}  // namespace envkeep::manifest

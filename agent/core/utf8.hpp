// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace envkeep {

// The length of the valid UTF-8 sequence that `text` begins with (RFC 3629: no surrogates, no
// overlong forms); 0 if it begins with none.
[[nodiscard]] std::size_t utf8_sequence(std::string_view text);

}  // namespace envkeep

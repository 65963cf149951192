// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace envkeep {

// The length of the valid UTF-8 sequence that `text` begins with (RFC 3629: no surrogates, no
// overlong forms); 0 if it begins with none.
[[nodiscard]] std::size_t utf8_sequence(std::string_view text);

// Of one valid sequence: C0, DEL, C1 (as U+0080..U+009F), and what breaks a line or changes the
// direction of text. No terminal should get it.
[[nodiscard]] bool is_control(std::string_view sequence);

}  // namespace envkeep

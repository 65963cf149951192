// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

// Words of a lock file.
namespace envkeep::packages {

inline constexpr std::string_view lock_head = "envkeep-lock";
inline constexpr std::string_view lock_version = "1";

[[nodiscard]] std::string lock_word(std::string_view text);
// None for what `lock_word` does not write.
[[nodiscard]] std::optional<std::string> text_of_lock_word(std::string_view word);

}  // namespace envkeep::packages

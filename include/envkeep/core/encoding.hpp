// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace envkeep {

// The text with each %XX as the byte it stands for; a % that begins no such pair stays.
[[nodiscard]] std::string percent_decoded(std::string_view text);

// The text with %XX for each byte but letters, digits, `-._~` and those of `plain`.
[[nodiscard]] std::string percent_encoded(std::string_view text, std::string_view plain);

// RFC 4648, with padding.
[[nodiscard]] std::string base64_encoded(std::string_view bytes);

// Nothing for what is not base64 with its padding.
[[nodiscard]] std::optional<std::string> base64_decoded(std::string_view text);

}  // namespace envkeep

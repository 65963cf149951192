// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

namespace envkeep::git {

// Of a URL with a password or a token in it, as `git clone https://USER:TOKEN@...` leaves it: the
// URL without; nothing of any other.
[[nodiscard]] std::optional<std::string> without_secret(const std::string& url);

}  // namespace envkeep::git

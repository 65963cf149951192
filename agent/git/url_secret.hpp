// SPDX-License-Identifier: MIT
#pragma once

#include <git2/config.h>

#include <optional>
#include <string>

namespace envkeep::git {

// Of a URL with a password or a token in it, as `git clone https://USER:TOKEN@...` leaves it: the
// URL without; nothing of any other.
[[nodiscard]] std::optional<std::string> without_secret(const std::string& url);

// The name of an entry of the repository's own configuration that holds one, in whatever it says;
// for printing.
[[nodiscard]] std::optional<std::string> setting_with_secret(git_config* config);

}  // namespace envkeep::git

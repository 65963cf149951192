// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace envkeep::git {

// What a shell command prints on both streams, run with HOME=/root in an empty environment. Fails
// the test if it takes a minute.
[[nodiscard]] std::string printed_by(const std::string& command);

}  // namespace envkeep::git

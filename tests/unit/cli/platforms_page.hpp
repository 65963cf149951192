// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace envkeep::testing {

// docs/platforms.md, made from the table of platforms.
[[nodiscard]] std::string platforms_page();

}  // namespace envkeep::testing

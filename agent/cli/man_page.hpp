// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace envkeep::cli {

// docs/envkeep.1, made from the table of commands.
[[nodiscard]] std::string man_page();

}  // namespace envkeep::cli

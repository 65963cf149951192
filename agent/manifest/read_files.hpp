// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/manifest/read.hpp"

#include <string>
#include <string_view>

namespace envkeep::manifest {

// Reads one text as a manifest by itself: what it includes is left aside.
[[nodiscard]] Reading read_one_text(std::string_view text, const std::string& file);

}  // namespace envkeep::manifest

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/json.hpp"

#include <string>

namespace envkeep::gpu {

// compat.json as lines: of each table that a check looks up its name, then its rows, each cell
// behind a tab. The build makes it of the program's own data, which are read at each start and in
// a twentieth of the time that JSON takes; of a store's file it is made when that is read. What
// the cells of a row mean is in parse_compat_data.cpp.
[[nodiscard]] std::string compat_text(const Json& json);

}  // namespace envkeep::gpu

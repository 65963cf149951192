// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/json.hpp"
#include "envkeep/store/backups.hpp"

#include <vector>

namespace envkeep::cli {

[[nodiscard]] Json json_of(const std::vector<store::Backup>& backups);

}  // namespace envkeep::cli

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/packages/inventory.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <string>
#include <vector>

namespace envkeep::packages {

// What the RECORD of a distribution lists and lies below the prefix of its site directory:
// absolute, without links on the way, each once, its metadata last and RECORD itself at the end.
// not_found where there is no RECORD.
[[nodiscard]] Result<std::vector<std::string>> files_of_distribution(
    const Package& package, system::FileReader& files, const system::Machine& machine);

}  // namespace envkeep::packages

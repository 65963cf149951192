// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/packages/inventory.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <string>
#include <vector>

namespace envkeep::packages {

// What the RECORD of that version of a distribution lists and lies below the prefix of its site
// directory: absolute, without links on the way, each once, what is beside RECORD last, then it,
// and METADATA at the end, so that a removal in this order can be gone on with wherever it was
// killed. not_found where there is no RECORD, unless METADATA (and temporary names of ours) is all
// that is left.
[[nodiscard]] Result<std::vector<std::string>> files_of_distribution(
    const Package& package, system::FileReader& files, const system::Machine& machine);

}  // namespace envkeep::packages

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <string>
#include <utility>
#include <vector>

namespace envkeep::packages {

// Where names tell what an image brings: folders below "/" without the first slash, links followed,
// each with the end of the names that count. Site directories with "-info", conda-meta with
// ".json", modules of Node with "package.json"; sorted. Variables of the shell name no place, so
// that every session of an image gets the same.
[[nodiscard]] Result<std::vector<std::pair<std::string, std::string>>> telling_names(
    const std::string& home, system::FileReader& files, const system::Machine& machine);

}  // namespace envkeep::packages

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/system/tree_content.hpp"

#include <string>

namespace envkeep::snapshot {

// Whether a pack is in the folder, of the size and with the index that its name proves; not_found,
// or io if it is damaged. A few reads: the bytes of its frames are not looked at.
[[nodiscard]] Result<void> check_pack(const system::Place& packs_folder,
                                      const std::string& name,
                                      system::TreeReader& reader);

}  // namespace envkeep::snapshot

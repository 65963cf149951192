// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/system/tree_content.hpp"

#include <functional>
#include <string>

namespace envkeep::snapshot {

// Where a file gets its name, which tells what is in it, and what looks and writes there.
struct Naming {
    system::Place folder;
    std::string name;
    system::TreeReader& reader;
    system::TreeWriter& writer;
};

// A file that has that name already stays if `is_sound`; else it is damaged, and goes.
[[nodiscard]] Result<void> publish_sound(system::NewFile& file,
                                         const Naming& naming,
                                         const std::function<bool()>& is_sound);

}  // namespace envkeep::snapshot

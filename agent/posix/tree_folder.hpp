// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/files.hpp"
#include "posix/files_state.hpp"

#include <string>
#include <string_view>

namespace envkeep::posix {

// An open folder of a tree.
struct TreeFolder {
    Fd fd;
    bool is_path_only = false;  // it may not be read: only names in it can be reached
    std::string path;           // absolute

    // The absolute path of a name in it, in quotes; of the folder itself for an empty name.
    [[nodiscard]] std::string shown(std::string_view name) const;

    // For what takes a place in several steps; costs a descriptor.
    [[nodiscard]] Result<Spot> spot(const std::string& name) const;
};

// unsafe_path for a link on the way.
[[nodiscard]] Result<TreeFolder> open_tree_folder(const Files::RootFolder& root,
                                                  const system::Place& place);

// Refuses (unsafe_path) what is not one component.
[[nodiscard]] Result<void> check_name(const std::string& name);

}  // namespace envkeep::posix

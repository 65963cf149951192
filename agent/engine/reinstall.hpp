// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/packages/inventory.hpp"

#include <functional>
#include <string>
#include <vector>

namespace envkeep::engine {

struct ReinstallFrom {
    const packages::Inventory& lock;                  // what the snapshot's session had
    std::vector<packages::Package> lost;              // of it, what is not here
    const packages::Base& now;                        // this machine
    std::function<bool(const std::string&)> is_here;  // whether an absolute path is a file here
};

// The commands that install what is lost: what was asked for, at the versions that it had, from
// where it came. For a POSIX shell.
[[nodiscard]] std::vector<std::string> reinstall_commands(const ReinstallFrom& from);

}  // namespace envkeep::engine

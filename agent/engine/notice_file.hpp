// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

// What the first terminal of this session shows, of several lines "envkeep: ..." one; nothing takes
// an earlier notice away.
[[nodiscard]] Result<void> write_notice(const World& world,
                                        system::RootId home,
                                        const std::string& lines);

// What it will show, as the lines that were written; empty where it was shown.
[[nodiscard]] std::string read_notice(const World& world, system::RootId home);

// Takes the file and the line of install_notice away again; says what was changed.
[[nodiscard]] Result<std::vector<std::string>> remove_notice(const World& world,
                                                             const std::string& home);

}  // namespace envkeep::engine

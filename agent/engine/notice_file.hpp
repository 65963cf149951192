// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

// What the first terminal of this session shows; an empty line takes an earlier notice away.
[[nodiscard]] Result<void> write_notice(const World& world,
                                        system::RootId home,
                                        const std::string& line);

// What it will show; empty where it was shown.
[[nodiscard]] std::string read_notice(const World& world, system::RootId home);

// Takes the file and the line of install_notice away again; says what was changed.
[[nodiscard]] Result<std::vector<std::string>> remove_notice(const World& world,
                                                             const std::string& home);

}  // namespace envkeep::engine

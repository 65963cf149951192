// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::engine {

// A notice with its commands as every shell finds them: 'envkeep status' by the whole path of the
// program, unless the PATH that the start was given has it. What the manifest adds to PATH does not
// count: login shells forget it, and it is not there where the manifest cannot be read.
[[nodiscard]] std::string with_whole_commands(const World& world, std::string notice);

// What the first terminal of this session shows, of several lines "envkeep: ..." one, with whole
// commands; nothing takes an earlier notice away.
[[nodiscard]] Result<void> write_notice(const World& world,
                                        system::RootId home,
                                        const std::string& lines);

// What it will show, as the lines that were given; empty where it was shown.
[[nodiscard]] std::string read_notice(const World& world, system::RootId home);

// What it showed, given as read_notice does, becomes what `change` makes of that; none: it stays.
// Several processes of a session have something to add, which take turns.
void change_notice(const World& world,
                   system::RootId home,
                   const std::function<std::optional<std::string>(std::string before)>& change);

// Takes the file and the line of install_notice away again; says what was changed.
[[nodiscard]] Result<std::vector<std::string>> remove_notice(const World& world,
                                                             const std::string& home);

}  // namespace envkeep::engine

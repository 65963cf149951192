// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace envkeep::engine {

// The package manager whose command line this is, as /proc/PID/cmdline gives it (words ended by
// NUL); empty if it is none, or only asks ("pip list").
[[nodiscard]] std::string_view package_manager_of(std::string_view command_line);

// Whether /proc/PID/status is that of a process in a container inside this one (Linux 4.1 NSpid):
// what it installs is nothing of ours.
[[nodiscard]] bool is_in_inner_container(std::string_view status);

// Those that are at work in this container now, and who else holds dpkg's locks: "pip (process
// 4711)".
[[nodiscard]] std::vector<std::string> package_managers_at_work(const World& world);

// busy while one is: half of a package is worse than none of it.
[[nodiscard]] Result<void> check_nobody_installs(const World& world);

}  // namespace envkeep::engine

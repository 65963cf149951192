// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/machine.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What files of /proc and /etc say. Nothing here fails: what cannot be read is left out.
namespace envkeep::posix {

// Of /proc/PID/stat: the fields behind the name, which may hold spaces and brackets.
struct ProcessState {
    char state = '?';
    std::uint64_t started = 0;  // clock ticks since boot
    std::int32_t parent = 0;    // 0: none in this name space
};

[[nodiscard]] std::optional<ProcessState> parse_process_state(std::string_view stat_line);

// Of /proc/self/mountinfo, in its order: a later mount at the same point hides the earlier.
[[nodiscard]] std::vector<system::Mount> parse_mounts(std::string_view mountinfo);

// The home folder of a user in /etc/passwd; nothing if there is none or it is not absolute.
[[nodiscard]] std::optional<std::string> parse_home(std::string_view passwd, std::uint32_t uid);

// Seconds since 1970 at which the machine started, of /proc/stat.
[[nodiscard]] std::optional<std::int64_t> parse_boot_time(std::string_view stat);

// "pid:[4026531836]", as /proc/self/ns/pid links.
[[nodiscard]] std::optional<std::uint64_t> parse_name_space(std::string_view link);

}  // namespace envkeep::posix

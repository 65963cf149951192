// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/files.hpp"

#include <sys/types.h>

#include <optional>
#include <string>

namespace envkeep::posix {

// A status, and whether the kernel said if it is a mount point (statx since Linux 5.8).
struct FoundStatus {
    system::Status status;
    bool knows_mounts = false;
};

// What lies beyond the times that we count in is the last of them.
[[nodiscard]] WallTime wall_time(std::int64_t seconds, std::int64_t nanoseconds);

[[nodiscard]] system::Kind kind_of_mode(mode_t mode);

// Of `name` in `folder`, never following it. Nothing on failure, with errno set.
[[nodiscard]] std::optional<FoundStatus> status_at(int folder, const char* name);

// Of what is open, O_PATH descriptors too.
[[nodiscard]] std::optional<FoundStatus> status_of(int descriptor);

// By absolute path, links followed.
[[nodiscard]] std::optional<FoundStatus> status_behind(const std::string& absolute);

// The target of a link. Nothing on failure, with errno set: EINVAL if it is no link.
[[nodiscard]] std::optional<std::string> link_target(int folder, const char* name);

// Same file, size, mode and modification time. Not the time of change, which a rename alters.
[[nodiscard]] bool is_unchanged(const system::Status& before, const system::Status& now);

}  // namespace envkeep::posix

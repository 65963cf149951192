// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/fd.hpp"

#include <string>

namespace envkeep::posix {

// Opens `path` (a RelPath's text; empty: the root itself) below `root` without passing through any
// link, nor following the last name. Closed on failure, with errno set: ELOOP for a link.
[[nodiscard]] Fd open_beneath(int root, const std::string& path, int flags);

// The same component by component, for kernels without openat2(2) (before Linux 5.6, or refused by
// a container's system call filter).
[[nodiscard]] Fd walk_beneath(int root, const std::string& path, int flags);

// The first link on the way to `path`, as a path below the root; empty if there is none any more.
[[nodiscard]] std::string link_on_the_way(int root, const std::string& path);

}  // namespace envkeep::posix

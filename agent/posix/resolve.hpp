// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/fd.hpp"

#include <optional>
#include <string>

namespace envkeep::posix {

// Opens an absolute path as a process would whose root folder is `root`: links followed, absolute
// ones and `..` never out of it. Closed on failure, with errno set.
[[nodiscard]] Fd open_in_root(int root, const std::string& absolute, int flags);

// Where such a path leads, as an absolute path in that root without links. Nothing on failure, with
// errno set: ENOENT if a part is missing, ELOOP after 40 links.
[[nodiscard]] std::optional<std::string> resolve_in_root(int root, const std::string& absolute);

}  // namespace envkeep::posix

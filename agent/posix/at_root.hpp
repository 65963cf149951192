// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/posix/fd.hpp"

#include <cstdint>
#include <string>

// Absolute paths of a captured machine, whose root folder is `root`; of this machine where `root`
// is closed. Links are followed, and never lead out of that root.
namespace envkeep::posix {

// Closed on failure, with errno set.
[[nodiscard]] Fd open_at_root(const Fd& root, const std::string& absolute, int flags);

// Opened for reading. unsupported for what is no regular file: a device or a pipe that was planted
// in a captured machine is not even opened, since that alone may do something.
struct OpenedAtRoot {
    Fd fd;
    std::uint64_t size = 0;
};

[[nodiscard]] Result<OpenedAtRoot> open_file_at_root(const Fd& root, const std::string& absolute);

// unsupported for what is no regular file or larger than `limit` bytes.
[[nodiscard]] Result<std::string> read_at_root(const Fd& root,
                                               const std::string& absolute,
                                               std::uint64_t limit);

// Without links; not_found if a part is missing.
[[nodiscard]] Result<std::string> real_path_at_root(const Fd& root, const std::string& absolute);

}  // namespace envkeep::posix

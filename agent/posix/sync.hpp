// SPDX-License-Identifier: MIT
#pragma once

namespace envkeep::posix {

// Brings a file's bytes to the disk or server: 0 or the errno. What cannot be synced is no failure,
// and what ends with the container (overlay, tmpfs) is left to the kernel.
[[nodiscard]] int sync_file(int file);

// The same for all of the file system that an open folder or file belongs to.
[[nodiscard]] int sync_file_system(int descriptor);

}  // namespace envkeep::posix

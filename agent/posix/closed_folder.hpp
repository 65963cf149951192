// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/fd.hpp"

#include <sys/types.h>

namespace envkeep::posix {

// Folders that a walk keeps open above the one that it is in: a process may have no more than 1024
// descriptors, or fewer.
constexpr int most_open_folders = 100;

// A folder that is closed while a walk is below it.
class ClosedFolder {
  public:
    // Closes it.
    explicit ClosedFolder(Fd& folder);

    // By ".." of what lies in it. The errno; ESTALE where that is another folder by now.
    [[nodiscard]] int open_again(const Fd& inner);

  private:
    Fd& folder_;
    ::dev_t device_ = 0;
    ::ino_t inode_ = 0;
};

}  // namespace envkeep::posix

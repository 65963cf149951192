// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/posix/fd.hpp"

#include <optional>
#include <string>
#include <utility>

namespace envkeep::posix {

// A lock (flock) on a folder, between the processes of one machine. The kernel takes it back when
// this object or its process ends, however that ends. Nothing is written.
class FolderLock {
  public:
    // None if another one holds it; never waits. unsupported where the file system has no locks.
    [[nodiscard]] static Result<std::optional<FolderLock>> try_take(const std::string& absolute);

  private:
    explicit FolderLock(Fd folder) : folder_(std::move(folder)) {}

    Fd folder_;
};

}  // namespace envkeep::posix

// SPDX-License-Identifier: MIT
#pragma once

#include "support/mounts.hpp"

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

namespace envkeep::store {

// A FUSE mount that shows `source` at `point`; bindfs ends when it is unmounted.
class BindFs {
  public:
    BindFs(const std::string& source, const std::string& point, const std::string& options)
        : name_space_(testing::ScopedMount::bind(point, point)), point_(point) {
        const pid_t child = ::fork();
        if (child == 0) {
            ::execlp("bindfs",
                     "bindfs",
                     "-o",
                     options.c_str(),
                     source.c_str(),
                     point.c_str(),
                     static_cast<char*>(nullptr));
            ::_exit(127);
        }
        int status = -1;
        if (child < 0 || ::waitpid(child, &status, 0) != child || status != 0) {
            throw std::runtime_error("bindfs cannot be run (Debian's package bindfs)");
        }
    }

    BindFs(const BindFs&) = delete;
    BindFs& operator=(const BindFs&) = delete;

    ~BindFs() { ::umount2(point_.c_str(), MNT_DETACH); }

  private:
    testing::ScopedMount name_space_;  // takes the process to a name space of its own first
    std::string point_;
};

}  // namespace envkeep::store

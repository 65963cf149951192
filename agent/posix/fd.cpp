// SPDX-License-Identifier: MIT
#include "envkeep/posix/fd.hpp"

#include <unistd.h>

#include <cerrno>

namespace envkeep::posix {

Fd::~Fd() {
    if (is_open()) {
        // Linux frees the number even when close() reports EINTR or EIO: never retry.
        const int kept = errno;
        ::close(descriptor_);
        errno = kept;
    }
}

int Fd::close() noexcept {
    const int outcome = ::close(release()) == 0 ? 0 : errno;
    return outcome == EINTR ? 0 : outcome;
}

}  // namespace envkeep::posix

// SPDX-License-Identifier: MIT
#include "posix/closed_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

namespace envkeep::posix {

ClosedFolder::ClosedFolder(Fd& folder) : folder_(folder) {
    struct ::stat found{};
    if (::fstat(folder_.get(), &found) == 0) {
        device_ = found.st_dev;
        inode_ = found.st_ino;
    }
    folder_ = Fd();
}

int ClosedFolder::open_again(const Fd& inner) {
    folder_ = Fd(::openat(inner.get(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct ::stat found{};
    if (!folder_.is_open() || ::fstat(folder_.get(), &found) != 0) {
        return errno;
    }
    return found.st_dev == device_ && found.st_ino == inode_ ? 0 : ESTALE;
}

}  // namespace envkeep::posix

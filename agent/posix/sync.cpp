// SPDX-License-Identifier: MIT
#include "posix/sync.hpp"

#include "posix/error.hpp"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

namespace envkeep::posix {
namespace {

// What a container keeps for itself is gone with it, synced or not; and syncing an overlay waits
// for whatever others wrote to the disk of the machine.
bool ends_with_the_container(int descriptor) {
    struct ::statfs found{};
    return ::fstatfs(descriptor, &found) == 0 &&
           (found.f_type == OVERLAYFS_SUPER_MAGIC || found.f_type == TMPFS_MAGIC);
}

}  // namespace

int sync_file(int file) {
    if (ends_with_the_container(file)) {
        return 0;
    }
    return ::fdatasync(file) == 0 || means_unknown_call(errno) ? 0 : errno;
}

int sync_file_system(int descriptor) {
    if (ends_with_the_container(descriptor)) {
        return 0;
    }
    return ::syncfs(descriptor) == 0 || means_unknown_call(errno) ? 0 : errno;
}

}  // namespace envkeep::posix

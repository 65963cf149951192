// SPDX-License-Identifier: MIT
#include "posix/sync.hpp"

#include "posix/error.hpp"

#include <unistd.h>

#include <cerrno>

namespace envkeep::posix {

int sync_file(int file) {
    return ::fdatasync(file) == 0 || means_unknown_call(errno) ? 0 : errno;
}

int sync_file_system(int descriptor) {
    return ::syncfs(descriptor) == 0 || means_unknown_call(errno) ? 0 : errno;
}

}  // namespace envkeep::posix

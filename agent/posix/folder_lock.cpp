// SPDX-License-Identifier: MIT
#include "envkeep/posix/folder_lock.hpp"

#include "envkeep/core/text.hpp"
#include "posix/error.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace envkeep::posix {

Result<std::optional<FolderLock>> FolderLock::try_take(const std::string& absolute) {
    Fd folder(::open(absolute.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder.is_open()) {
        return last_error("cannot open folder " + quoted(absolute));
    }
    int outcome = 0;
    do {
        outcome = ::flock(folder.get(), LOCK_EX | LOCK_NB);
    } while (outcome != 0 && errno == EINTR);
    if (outcome == 0) {
        return FolderLock(std::move(folder));
    }
    if (errno == EWOULDBLOCK) {
        return std::nullopt;
    }
    const int code = errno;
    Error error = error_of(code, "cannot lock folder " + quoted(absolute));
    if (code == ENOLCK || means_unknown_call(code)) {
        error.kind = ErrorKind::unsupported;
    }
    return tl::unexpected(std::move(error));
}

}  // namespace envkeep::posix

// SPDX-License-Identifier: MIT
#include "posix/error.hpp"

#include <cctype>
#include <cerrno>
#include <cstring>
#include <utility>

namespace envkeep::posix {
namespace {

ErrorKind kind_of(int code) {
    switch (code) {
        case ENOENT:
        case ENOTDIR:
            return ErrorKind::not_found;
        case EEXIST:
        case ENOTEMPTY:
            return ErrorKind::already_exists;
        case EACCES:
        case EPERM:
            return ErrorKind::permission_denied;
        case ENOSPC:
        case EDQUOT:
            return ErrorKind::no_space;
        case EROFS:
            return ErrorKind::read_only;
        case EXDEV:
            return ErrorKind::cross_device;
        case ELOOP:
            return ErrorKind::unsafe_path;
        case ECANCELED:
            return ErrorKind::conflict;
        case EBUSY:
        case ETXTBSY:
            return ErrorKind::busy;
        case ETIMEDOUT:
            return ErrorKind::time_limit;
        case ENOSYS:
        case EISDIR:
        case EOPNOTSUPP:
            return ErrorKind::unsupported;
        default:
            return ErrorKind::io;
    }
}

const char* hint_for(int code) {
    switch (code) {
        case ENOSPC:
            return "free some space there: 'df -h' and 'df -i' show how full it is";
        case EDQUOT:
            return "your quota there is used up: delete something, or ask for more";
        case EROFS:
            return "it is mounted read-only: mount it writable, or use another folder";
        case EACCES:
            return "'ls -ld' on it and the folders above shows who may do that";
        case EPERM:
            return "only its owner may do that, and 'lsattr' shows if it is immutable";
        case ESTALE:
            return "the file server no longer knows this file: run again, or remount";
        case ETIMEDOUT:
            return "the file server does not answer: run again when it does";
        case EIO:
            return "the disk or the file server failed: see 'dmesg'";
        case ECANCELED:
            return "another program replaced it just then: 'envkeep plan' shows what is there now";
        case EBUSY:
            return "something is mounted there: 'findmnt' shows what";
        case EMFILE:
        case ENFILE:
            return "too many files are open: raise the limit with 'ulimit -n 4096'";
        case EFBIG:
            return "files may not be as large here: raise the limit with 'ulimit -f unlimited'";
        case ENAMETOOLONG:
            return "shorten the name: most file systems allow 255 bytes";
        case ELOOP:
            return "a link is on the way: name the folder that it leads to instead";
        default:
            return "";
    }
}

// Unlike strerror this is safe with threads and knows no locale.
std::string reason_of(int code) {
    const char* const known = ::strerrordesc_np(code);
    if (known == nullptr) {
        return "error " + std::to_string(code);
    }
    std::string reason = known;
    // "Input/output error", but not "RPC version wrong".
    if (reason.size() > 1 && std::islower(static_cast<unsigned char>(reason[1])) != 0) {
        reason[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(reason[0])));
    }
    return reason;
}

}  // namespace

Error error_of(int code, std::string what) {
    return {.kind = kind_of(code),
            .message = std::move(what) + ": " + reason_of(code),
            .hint = hint_for(code)};
}

tl::unexpected<Error> last_error(std::string what) {
    return tl::unexpected(error_of(errno, std::move(what)));
}

bool means_unknown_call(int code) {
    return code == EINVAL || code == ENOSYS || code == EOPNOTSUPP;
}

bool means_no_hard_link(int code) {
    return code == EPERM || code == EMLINK || means_unknown_call(code);
}

Error link_error(int code, std::string what) {
    Error error = error_of(code, std::move(what));
    error.kind = means_no_hard_link(code) ? ErrorKind::unsupported : error.kind;
    return error;
}

bool means_not_kept(int code) {
    return code == EPERM || code == EACCES || means_unknown_call(code);
}

}  // namespace envkeep::posix

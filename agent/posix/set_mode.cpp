// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/posix/files.hpp"
#include "posix/error.hpp"
#include "posix/files_state.hpp"
#include "posix/rename.hpp"
#include "posix/status_at.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace envkeep::posix {
namespace {

constexpr long fchmodat2_number = 452;  // the same on all architectures

// fchmod(2) refuses an O_PATH descriptor. Newer kernels (6.6) have a call for it, /proc does it on
// all others; without /proc the file is opened once more, if it may be.
int set_mode_of(const Fd& held, const Spot& spot, std::uint32_t mode) {
    if (::syscall(fchmodat2_number, held.get(), "", mode, AT_EMPTY_PATH) == 0) {
        return 0;
    }
    if (errno != ENOSYS && errno != EPERM) {
        return errno;
    }
    if (::chmod(fmt::format("/proc/self/fd/{}", held.get()).c_str(), mode) == 0) {
        return 0;
    }
    if (errno != ENOENT && errno != ENOTDIR) {
        return errno;
    }
    const Fd opened(::openat(spot.folder.get(),
                             spot.name.c_str(),
                             O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    const auto found = opened.is_open() ? status_of(opened.get()) : std::nullopt;
    const auto expected = status_of(held.get());
    if (!found || !expected) {
        return errno;
    }
    if (!found->status.is_same_file(expected->status)) {
        return ESTALE;
    }
    return ::fchmod(opened.get(), mode) == 0 ? 0 : errno;
}

}  // namespace

Result<void> Files::set_mode(const system::Place& place,
                             const system::Status& seen,
                             std::uint32_t mode) {
    ENVKEEP_TRY(const Spot spot, state_->open_spot(place));
    const Fd held(::openat(spot.folder.get(), spot.name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    const auto before = held.is_open() ? status_of(held.get()) : std::nullopt;
    if (!before) {
        return last_error("cannot set the mode of " + spot.shown);
    }
    if (!before->status.is_same_file(seen) || before->status.kind != seen.kind) {
        return tl::unexpected(changed_meanwhile(spot));
    }
    if (seen.kind != system::Kind::file && seen.kind != system::Kind::folder) {
        return failure(ErrorKind::unsupported,
                       "cannot set the mode of " + spot.shown + ": it is no file and no folder");
    }
    if (const int code = set_mode_of(held, spot, mode); code != 0) {
        return tl::unexpected(error_of(code, "cannot set the mode of " + spot.shown));
    }
    const auto after = status_of(held.get());
    if (!after) {
        return last_error("cannot read the mode of " + spot.shown);
    }
    if (after->status.mode != mode) {
        return failure(ErrorKind::unsupported,
                       fmt::format("the mode of {} stayed {}: this file system did not take {}",
                                   spot.shown,
                                   octal(after->status.mode),
                                   octal(mode)));
    }
    return {};
}

}  // namespace envkeep::posix

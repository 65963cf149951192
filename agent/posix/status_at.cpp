// SPDX-License-Identifier: MIT
#include "posix/status_at.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

namespace envkeep::posix {
namespace {

constexpr unsigned mount_root_attribute = 0x2000;  // STATX_ATTR_MOUNT_ROOT, absent in old headers
constexpr std::uint64_t block_of_status = 512;     // whatever the file system's own is

FoundStatus from_statx(const struct ::statx& raw) {
    return {
        .status = {.kind = kind_of_mode(raw.stx_mode),
                   .mode = raw.stx_mode & 07777U,
                   .uid = raw.stx_uid,
                   .gid = raw.stx_gid,
                   .size = raw.stx_size,
                   .allocated = raw.stx_blocks * block_of_status,
                   .device = ::makedev(raw.stx_dev_major, raw.stx_dev_minor),
                   .inode = raw.stx_ino,
                   .links = raw.stx_nlink,
                   .modified = wall_time(raw.stx_mtime.tv_sec, raw.stx_mtime.tv_nsec),
                   .changed = wall_time(raw.stx_ctime.tv_sec, raw.stx_ctime.tv_nsec),
                   .is_mount_point = (raw.stx_attributes & mount_root_attribute) != 0},
        .knows_mounts = (raw.stx_attributes_mask & mount_root_attribute) != 0,
    };
}

FoundStatus from_stat(const struct ::stat& raw) {
    return {
        .status = {.kind = kind_of_mode(raw.st_mode),
                   .mode = raw.st_mode & 07777U,
                   .uid = raw.st_uid,
                   .gid = raw.st_gid,
                   .size = static_cast<std::uint64_t>(raw.st_size),
                   .allocated = static_cast<std::uint64_t>(raw.st_blocks) * block_of_status,
                   .device = raw.st_dev,
                   .inode = raw.st_ino,
                   .links = raw.st_nlink,
                   .modified = wall_time(raw.st_mtim.tv_sec, raw.st_mtim.tv_nsec),
                   .changed = wall_time(raw.st_ctim.tv_sec, raw.st_ctim.tv_nsec)},
    };
}

std::optional<FoundStatus> status_with(int folder, const char* name, int flags) {
    struct ::statx raw{};
    if (::statx(folder, name, flags | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &raw) == 0) {
        return from_statx(raw);
    }
    // Container runtimes of 2018 and before refuse statx, which they do not know, with EPERM.
    struct ::stat old{};
    if (errno == EPERM && ::fstatat(folder, name, &old, flags | AT_NO_AUTOMOUNT) == 0) {
        return from_stat(old);
    }
    return std::nullopt;
}

}  // namespace

WallTime wall_time(std::int64_t seconds, std::int64_t nanoseconds) {
    // Anybody can give a file any time. Of these the distance to the present can be told.
    constexpr std::int64_t latest = 9'200'000'000;     // in 2261
    constexpr std::int64_t earliest = -3'000'000'000;  // in 1874
    return WallTime(std::chrono::seconds(std::clamp(seconds, earliest, latest)) +
                    std::chrono::nanoseconds(nanoseconds));
}

system::Kind kind_of_mode(mode_t mode) {
    switch (mode & S_IFMT) {
        case S_IFREG:
            return system::Kind::file;
        case S_IFDIR:
            return system::Kind::folder;
        case S_IFLNK:
            return system::Kind::link;
        default:
            return system::Kind::other;
    }
}

std::optional<FoundStatus> status_at(int folder, const char* name) {
    return status_with(folder, name, AT_SYMLINK_NOFOLLOW);
}

std::optional<FoundStatus> status_of(int descriptor) {
    return status_with(descriptor, "", AT_EMPTY_PATH);
}

std::optional<FoundStatus> status_behind(const std::string& absolute) {
    return status_with(AT_FDCWD, absolute.c_str(), 0);
}

std::optional<std::string> link_target(int folder, const char* name) {
    // PATH_MAX: Linux makes no longer links. Not cleared first: this runs for each link of a start.
    std::array<char, 4096> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    const ssize_t length = ::readlinkat(folder, name, buffer.data(), buffer.size());
    if (length < 0) {
        return std::nullopt;
    }
    return std::string(buffer.data(), static_cast<std::size_t>(length));
}

bool is_unchanged(const system::Status& before, const system::Status& now) {
    return before.kind == now.kind && before.is_same_file(now) && before.size == now.size &&
           before.mode == now.mode && before.modified == now.modified;
}

}  // namespace envkeep::posix

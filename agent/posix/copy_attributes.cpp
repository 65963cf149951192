// SPDX-License-Identifier: MIT
#include "posix/copy_attributes.hpp"

#include "envkeep/core/text.hpp"
#include "posix/error.hpp"
#include "posix/extended.hpp"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

namespace envkeep::posix {
namespace {

constexpr std::size_t largest_value = std::size_t{64} << 10U;  // XATTR_SIZE_MAX

// 0 or the errno.
int copy_one(int source, int target, const std::string& name) {
    std::vector<char> value(largest_value);
    const ssize_t size = ::fgetxattr(source, name.c_str(), value.data(), value.size());
    const bool is_copied =
        size >= 0 &&
        ::fsetxattr(target, name.c_str(), value.data(), static_cast<std::size_t>(size), 0) == 0;
    return is_copied ? 0 : errno;
}

struct ExtendedCopied {
    int code = 0;
    bool is_whole = true;
    bool loses_access_list = false;
    bool has_foreign_list = false;
};

// What the folder above gave it by its default list. False if it stays there, or may.
bool drop_list(int target, const std::string& list) {
    const auto has_none = [] { return errno == ENODATA || means_unknown_call(errno); };
    return ::fremovexattr(target, list.c_str()) == 0 || has_none() ||
           (::fgetxattr(target, list.c_str(), nullptr, 0) < 0 && has_none());
}

ExtendedCopied copy_extended(int source, int target, bool is_folder) {
    const std::string all = extended_names(source).value_or("");
    const std::vector<std::string_view> names = split(all, '\0');
    ExtendedCopied copied;
    if (std::ranges::find(names, access_list) == names.end()) {
        copied.has_foreign_list = !drop_list(target, std::string(access_list));
    }
    if (is_folder && std::ranges::find(names, default_list) == names.end()) {
        copied.is_whole = drop_list(target, default_list);
    }
    for (const std::string_view name : names) {
        const int code = is_carried(name) ? copy_one(source, target, std::string(name)) : 0;
        copied.code = means_no_copy(code) ? code : copied.code;
        copied.is_whole = copied.is_whole && code == 0;
        copied.loses_access_list = copied.loses_access_list || (code != 0 && name == access_list);
    }
    return copied;
}

}  // namespace

AttributesCopied copy_attributes(int source,
                                 const struct ::stat& from,
                                 int target,
                                 std::uint32_t bound) {
    struct ::stat made{};
    if (::fstat(target, &made) != 0) {
        return {.code = errno};
    }
    std::uint32_t mode = from.st_mode & 07777U & bound;
    if (made.st_uid != from.st_uid || made.st_gid != from.st_gid) {
        if (::fchown(target, from.st_uid, from.st_gid) != 0) {
            if (!means_not_kept(errno)) {
                return {.code = errno};
            }
            // A set-id bit would give away the rights of another owner.
            mode &= ~static_cast<std::uint32_t>(S_ISUID | S_ISGID);
        }
    }
    // With an access list the group bits are its mask, not the group's rights: without it they go.
    const ExtendedCopied extended = copy_extended(source, target, S_ISDIR(made.st_mode));
    if (extended.code != 0) {
        return {.code = extended.code};
    }
    if (extended.loses_access_list || extended.has_foreign_list) {
        mode &= ~static_cast<std::uint32_t>(S_IRWXG);
    }
    if (::fchmod(target, mode) != 0 && !means_not_kept(errno)) {
        return {.code = errno};
    }
    const std::array<struct ::timespec, 2> times{from.st_atim, from.st_mtim};
    if (::futimens(target, times.data()) != 0 && !means_not_kept(errno)) {
        return {.code = errno};
    }
    return {.is_whole = extended.is_whole};
}

int copy_link_attributes(const struct ::stat& from, int folder, const std::string& name) {
    constexpr int itself = AT_SYMLINK_NOFOLLOW;
    const bool is_ours = from.st_uid == ::geteuid() && from.st_gid == ::getegid();
    if (!is_ours && ::fchownat(folder, name.c_str(), from.st_uid, from.st_gid, itself) != 0 &&
        !means_not_kept(errno)) {
        return errno;
    }
    const std::array<struct ::timespec, 2> times{from.st_atim, from.st_mtim};
    if (::utimensat(folder, name.c_str(), times.data(), itself) != 0 && !means_not_kept(errno)) {
        return errno;
    }
    return 0;
}

}  // namespace envkeep::posix

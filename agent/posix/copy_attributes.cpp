// SPDX-License-Identifier: MIT
#include "posix/copy_attributes.hpp"

#include "envkeep/core/text.hpp"
#include "posix/error.hpp"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <vector>

namespace envkeep::posix {
namespace {

constexpr std::string_view access_list = "system.posix_acl_access";
constexpr std::size_t most_names = std::size_t{64} << 10U;     // XATTR_LIST_MAX
constexpr std::size_t largest_value = std::size_t{64} << 10U;  // XATTR_SIZE_MAX

bool is_copied(std::string_view name) {
    return name.starts_with("user.") || name == access_list || name == "system.posix_acl_default" ||
           name == "security.capability";
}

enum class Taken { yes, no };

Taken copy_one(int source, int target, const std::string& name) {
    std::vector<char> value(largest_value);
    const ssize_t size = ::fgetxattr(source, name.c_str(), value.data(), value.size());
    if (size < 0) {
        return Taken::no;
    }
    return ::fsetxattr(target, name.c_str(), value.data(), static_cast<std::size_t>(size), 0) == 0
               ? Taken::yes
               : Taken::no;
}

// Says whether an access list was there and did not come over.
bool loses_access_list(int source, int target) {
    std::array<char, 256> few{};
    ssize_t length = ::flistxattr(source, few.data(), few.size());
    std::string names(few.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
    if (length < 0 && errno == ERANGE) {
        names.resize(most_names);
        length = ::flistxattr(source, names.data(), names.size());
        names.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    }
    bool is_lost = false;
    for (const std::string_view name : split(names, '\0')) {
        if (is_copied(name) && copy_one(source, target, std::string(name)) == Taken::no) {
            is_lost = is_lost || name == access_list;
        }
    }
    return is_lost;
}

}  // namespace

int copy_attributes(int source, const struct ::stat& from, int target, std::uint32_t bound) {
    struct ::stat made{};
    if (::fstat(target, &made) != 0) {
        return errno;
    }
    std::uint32_t mode = from.st_mode & 07777U & bound;
    if (made.st_uid != from.st_uid || made.st_gid != from.st_gid) {
        if (::fchown(target, from.st_uid, from.st_gid) != 0) {
            if (!means_not_kept(errno)) {
                return errno;
            }
            // A set-id bit would give away the rights of another owner.
            mode &= ~static_cast<std::uint32_t>(S_ISUID | S_ISGID);
        }
    }
    // With an access list the group bits are its mask, not the group's rights: without it they go.
    if (loses_access_list(source, target)) {
        mode &= ~static_cast<std::uint32_t>(S_IRWXG);
    }
    if (::fchmod(target, mode) != 0 && !means_not_kept(errno)) {
        return errno;
    }
    const std::array<struct ::timespec, 2> times{from.st_atim, from.st_mtim};
    if (::futimens(target, times.data()) != 0 && !means_not_kept(errno)) {
        return errno;
    }
    return 0;
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

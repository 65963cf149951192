// SPDX-License-Identifier: MIT
#include "posix/give_attributes.hpp"

#include "envkeep/core/text.hpp"
#include "posix/error.hpp"
#include "posix/extended.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

namespace envkeep::posix {
namespace {

constexpr std::uint32_t set_ids = S_ISUID | S_ISGID;

std::array<struct ::timespec, 2> times_of(WallTime both) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(both);
    const struct ::timespec time{.tv_sec = seconds.time_since_epoch().count(),
                                 .tv_nsec = (both - seconds).count()};
    return {time, time};
}

struct ExtendedGiven {
    int code = 0;
    bool loses_access_list = false;
};

ExtendedGiven give_extended(const Held& held, const system::Attributes& wanted) {
    ExtendedGiven given;
    for (const system::ExtendedAttribute& one : wanted.extended) {
        // A layer may name others: they are not ours to set.
        if (!is_carried(one.name) || held.set_extended(one) == 0) {
            continue;
        }
        given.code = means_no_copy(errno) ? errno : given.code;
        given.loses_access_list = given.loses_access_list || one.name == access_list;
    }
    return given;
}

}  // namespace

Held Held::path_only(int descriptor) {
    Held held(descriptor);
    held.path_ = fmt::format("/proc/self/fd/{}", descriptor);
    return held;
}

int Held::change_owner(std::uint32_t uid, std::uint32_t gid) const {
    return path_.empty() ? ::fchown(descriptor_, uid, gid) : ::chown(path_.c_str(), uid, gid);
}

int Held::change_mode(std::uint32_t mode) const {
    return path_.empty() ? ::fchmod(descriptor_, mode) : ::chmod(path_.c_str(), mode);
}

int Held::change_times(WallTime both) const {
    const auto times = times_of(both);
    return path_.empty() ? ::futimens(descriptor_, times.data())
                         : ::utimensat(AT_FDCWD, path_.c_str(), times.data(), 0);
}

int Held::set_extended(const system::ExtendedAttribute& one) const {
    const char* const name = one.name.c_str();
    return path_.empty() ? ::fsetxattr(descriptor_, name, one.value.data(), one.value.size(), 0)
                         : ::setxattr(path_.c_str(), name, one.value.data(), one.value.size(), 0);
}

std::uint32_t first_mode(const system::Attributes& wanted, const Born& born) {
    const bool is_ours = wanted.uid == born.uid && wanted.gid == born.gid;
    const bool has_list = std::ranges::any_of(
        wanted.extended, [](const auto& one) { return one.name == access_list; });
    return wanted.mode & (is_ours && !has_list ? 0777U : 0700U);
}

int give_attributes(const Held& held,
                    const Born& born,
                    const system::Attributes& wanted,
                    Maker maker) {
    const auto goes_on = [&](int code) { return maker == Maker::us && means_not_kept(code); };
    std::uint32_t mode = wanted.mode & 07777U;
    bool is_mode_right = mode == born.mode;
    if (wanted.uid != born.uid || wanted.gid != born.gid) {
        if (held.change_owner(wanted.uid, wanted.gid) != 0) {
            if (!means_not_kept(errno)) {
                return errno;
            }
            // A set-id bit would give away the rights of another owner.
            mode &= ~set_ids;
        }
        // The kernel takes the bits from what changes its owner.
        is_mode_right = mode == born.mode && (mode & set_ids) == 0;
    }
    const ExtendedGiven extended = give_extended(held, wanted);
    if (extended.code != 0) {
        return extended.code;
    }
    if (extended.loses_access_list) {
        mode &= ~static_cast<std::uint32_t>(S_IRWXG);
    }
    // An access list alters the mode.
    is_mode_right = is_mode_right && wanted.extended.empty() && !extended.loses_access_list;
    if (!is_mode_right && held.change_mode(mode) != 0 && !goes_on(errno)) {
        return errno;
    }
    return held.change_times(wanted.modified) == 0 || goes_on(errno) ? 0 : errno;
}

int give_link_attributes(int folder,
                         const std::string& name,
                         const Born& born,
                         const system::Attributes& wanted) {
    constexpr int itself = AT_SYMLINK_NOFOLLOW;
    const bool is_ours = wanted.uid == born.uid && wanted.gid == born.gid;
    if (!is_ours && ::fchownat(folder, name.c_str(), wanted.uid, wanted.gid, itself) != 0 &&
        !means_not_kept(errno)) {
        return errno;
    }
    const auto times = times_of(wanted.modified);
    const bool is_set = ::utimensat(folder, name.c_str(), times.data(), itself) == 0;
    return is_set || means_not_kept(errno) ? 0 : errno;
}

bool drop_other_extended(const Held& held, const system::Attributes& wanted) {
    const std::string names = extended_names(held.descriptor()).value_or("");
    bool is_changed = false;
    for (const std::string_view each : split(names, '\0')) {
        const std::string name(each);
        const bool is_wanted =
            std::ranges::any_of(wanted.extended, [&](const auto& one) { return one.name == name; });
        if (!is_carried(name) || is_wanted) {
            continue;
        }
        // Without the list its mask would become what the group may do.
        if (name == access_list && held.change_mode(wanted.mode & 0707U) != 0) {
            continue;
        }
        is_changed = ::fremovexattr(held.descriptor(), name.c_str()) == 0 || is_changed;
    }
    return is_changed;
}

}  // namespace envkeep::posix

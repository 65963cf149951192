// SPDX-License-Identifier: MIT
#include "posix/remove_tree.hpp"

#include "envkeep/posix/fd.hpp"
#include "posix/names.hpp"
#include "posix/status_at.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace envkeep::posix {
namespace {

constexpr int deepest = 1000;

int unlink_one(int folder, const std::string& name, int flags) {
    const bool is_gone = ::unlinkat(folder, name.c_str(), flags) == 0 || errno == ENOENT;
    return is_gone ? 0 : errno;
}

int remove_below(int folder, const std::string& name, std::uint64_t device, int depth);

int empty_folder(const Fd& opened, std::uint64_t device, int depth) {
    const auto entries = list_names(opened.get());
    if (!entries) {
        return entries.error();
    }
    int failed = 0;
    for (const system::Entry& entry : *entries) {
        const int code = entry.kind == system::Kind::folder
                             ? remove_below(opened.get(), entry.name, device, depth + 1)
                             : unlink_one(opened.get(), entry.name, 0);
        failed = failed == 0 ? code : failed;
    }
    return failed;
}

int remove_below(int folder, const std::string& name, std::uint64_t device, int depth) {
    if (depth > deepest) {
        return ELOOP;
    }
    const Fd opened(
        ::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const auto found = opened.is_open() ? status_of(opened.get()) : std::nullopt;
    if (!found) {
        return errno == ENOENT ? 0 : errno;
    }
    if (found->status.device != device || found->status.is_mount_point) {
        return EBUSY;
    }
    // A copied folder may have come without the owner's right to write in it.
    if ((found->status.mode & 0700U) != 0700U) {
        static_cast<void>(::fchmod(opened.get(), 0700));
    }
    const int failed = empty_folder(opened, device, depth);
    return failed != 0 ? failed : unlink_one(folder, name, AT_REMOVEDIR);
}

}  // namespace

int remove_tree(int folder, const std::string& name) {
    const auto found = status_at(folder, name.c_str());
    if (!found) {
        return errno == ENOENT ? 0 : errno;
    }
    return found->status.kind == system::Kind::folder
               ? remove_below(folder, name, found->status.device, 0)
               : unlink_one(folder, name, 0);
}

}  // namespace envkeep::posix

// SPDX-License-Identifier: MIT
#include "posix/remove_tree.hpp"

#include "envkeep/posix/fd.hpp"
#include "posix/closed_folder.hpp"
#include "posix/names.hpp"
#include "posix/status_at.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <optional>

namespace envkeep::posix {
namespace {

constexpr int deepest_removed = 1000;

int unlink_one(int folder, const std::string& name, int flags) {
    const bool is_gone = ::unlinkat(folder, name.c_str(), flags) == 0 || errno == ENOENT;
    return is_gone ? 0 : errno;
}

// The folder of that name, to be emptied; or a closed one, with errno.
Fd open_below(int folder, const std::string& name, std::uint64_t device) {
    Fd opened(::openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    const auto found = opened.is_open() ? status_of(opened.get()) : std::nullopt;
    if (!found) {
        return {};
    }
    if (found->status.device != device || found->status.is_mount_point) {
        errno = EBUSY;
        return {};
    }
    // A copied folder may have come without the owner's right to write in it.
    if ((found->status.mode & 0700U) != 0700U) {
        static_cast<void>(::fchmod(opened.get(), 0700));
    }
    return opened;
}

int remove_below(Fd& folder, const std::string& name, std::uint64_t device, int depth);

int empty_folder(Fd& opened, std::uint64_t device, int depth) {
    const auto entries = list_names(opened.get());
    if (!entries) {
        return entries.error();
    }
    int failed = 0;
    for (const system::Entry& entry : *entries) {
        const int code = entry.kind == system::Kind::folder
                             ? remove_below(opened, entry.name, device, depth + 1)
                             : unlink_one(opened.get(), entry.name, 0);
        failed = failed == 0 ? code : failed;
        if (!opened.is_open()) {
            break;
        }
    }
    return failed;
}

int remove_below(Fd& folder, const std::string& name, std::uint64_t device, int depth) {
    if (depth > deepest_removed) {
        return ELOOP;
    }
    Fd opened = open_below(folder.get(), name, device);
    if (!opened.is_open()) {
        return errno == ENOENT ? 0 : errno;
    }
    std::optional<ClosedFolder> closed;
    if (depth > most_open_folders) {
        closed.emplace(folder);
    }
    const int failed = empty_folder(opened, device, depth);
    if (const int code = closed ? closed->open_again(opened) : 0; code != 0) {
        folder = Fd();  // another one stands there
        return code;
    }
    return failed != 0 ? failed : unlink_one(folder.get(), name, AT_REMOVEDIR);
}

}  // namespace

int remove_tree(int folder, const std::string& name) {
    const auto found = status_at(folder, name.c_str());
    if (!found) {
        return errno == ENOENT ? 0 : errno;
    }
    if (found->status.kind != system::Kind::folder) {
        return unlink_one(folder, name, 0);
    }
    Fd opened = open_below(folder, name, found->status.device);
    if (!opened.is_open()) {
        return errno == ENOENT ? 0 : errno;
    }
    const int failed = empty_folder(opened, found->status.device, 0);
    return failed != 0 ? failed : unlink_one(folder, name, AT_REMOVEDIR);
}

}  // namespace envkeep::posix

// SPDX-License-Identifier: MIT
#include "posix/open_beneath.hpp"

#include "envkeep/core/text.hpp"
#include "posix/status_at.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <optional>
#include <string_view>

namespace envkeep::posix {
namespace {

constexpr int through = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

bool is_link(int folder, const std::string& name) {
    const auto found = status_at(folder, name.c_str());
    return found && found->status.kind == system::Kind::link;
}

Fd open_one(int folder, const std::string& name, int flags) {
    Fd opened(::openat(folder, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
    // With O_DIRECTORY the kernel calls a link "not a directory"; say what it is.
    if (!opened.is_open() && errno == ENOTDIR) {
        errno = is_link(folder, name) ? ELOOP : ENOTDIR;
    }
    return opened;
}

Fd ask_kernel(int root, const std::string& path, int flags) {
    struct ::open_how how{};
    // RESOLVE_NO_SYMLINKS refuses a link as the last name too, unless O_NOFOLLOW lets O_PATH open
    // the link itself; with O_DIRECTORY that would be called "not a directory" instead of a link.
    const int last = (flags & O_DIRECTORY) != 0 ? 0 : O_NOFOLLOW;
    how.flags = static_cast<unsigned>(flags | last | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    return Fd(static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
}

}  // namespace

Fd open_beneath(int root, const std::string& path, int flags) {
    // What the running kernel cannot do it will never do; nothing else is remembered.
    static std::atomic<bool> kernel_knows{true};
    if (path.empty()) {
        return Fd(::openat(root, ".", flags | O_CLOEXEC));
    }
    if (!kernel_knows.load(std::memory_order_relaxed)) {
        return walk_beneath(root, path, flags);
    }
    Fd opened = ask_kernel(root, path, flags);
    if (opened.is_open()) {
        return opened;
    }
    if (errno == ENOSYS) {
        kernel_knows.store(false, std::memory_order_relaxed);
    }
    // EPERM may be a filter's or the file's, EAGAIN a rename elsewhere, ENAMETOOLONG a name's or of
    // a path beyond PATH_MAX: the walk has the true answer.
    if (errno == ENOSYS || errno == EPERM || errno == EAGAIN || errno == ENAMETOOLONG) {
        return walk_beneath(root, path, flags);
    }
    return opened;
}

Fd walk_beneath(int root, const std::string& path, int flags) {
    if (path.empty()) {
        return Fd(::openat(root, ".", flags | O_CLOEXEC));
    }
    Fd above;
    int folder = root;
    std::string_view rest = path;
    for (std::size_t slash = rest.find('/'); slash != std::string_view::npos;
         slash = rest.find('/')) {
        Fd next = open_one(folder, std::string(rest.substr(0, slash)), through);
        if (!next.is_open()) {
            return next;
        }
        above = std::move(next);
        folder = above.get();
        rest.remove_prefix(slash + 1);
    }
    Fd opened = open_one(folder, std::string(rest), flags);
    return opened;
}

std::string link_on_the_way(int root, const std::string& path) {
    Fd above;
    int folder = root;
    std::string passed;
    for (const std::string_view part : split(path, '/')) {
        const std::string name(part);
        passed += (passed.empty() ? "" : "/") + name;
        if (is_link(folder, name)) {
            return passed;
        }
        Fd next = open_one(folder, name, through);
        if (!next.is_open()) {
            return {};
        }
        above = std::move(next);
        folder = above.get();
    }
    return {};
}

}  // namespace envkeep::posix

// SPDX-License-Identifier: MIT
#include "posix/resolve.hpp"

#include "envkeep/core/text.hpp"
#include "posix/open_beneath.hpp"
#include "posix/status_at.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <deque>

namespace envkeep::posix {
namespace {

constexpr int most_links = 40;  // as the kernel

void put_in_front(std::deque<std::string>& parts, const std::string& path) {
    const auto pieces = split(path, '/');
    for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
        if (!piece->empty() && *piece != ".") {
            parts.emplace_front(*piece);
        }
    }
}

void climb(std::string& path) {
    const std::size_t slash = path.rfind('/');
    path.resize(slash == std::string::npos ? 0 : slash);
}

// What stands at a path below the root that has no link in it.
std::optional<FoundStatus> status_below(int root, const std::string& path) {
    const Fd opened = open_beneath(root, path, O_PATH);
    return opened.is_open() ? status_of(opened.get()) : std::nullopt;
}

}  // namespace

Fd open_in_root(int root, const std::string& absolute, int flags) {
    struct ::open_how how{};
    how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    Fd opened(static_cast<int>(::syscall(SYS_openat2, root, absolute.c_str(), &how, sizeof how)));
    if (opened.is_open() || (errno != ENOSYS && errno != EPERM && errno != EAGAIN)) {
        return opened;
    }
    const auto resolved = resolve_in_root(root, absolute);
    return resolved ? open_beneath(root, resolved->substr(1), flags) : Fd();
}

std::optional<std::string> resolve_in_root(int root, const std::string& absolute) {
    std::deque<std::string> parts;
    put_in_front(parts, absolute);
    std::string path;  // below the root, no link in it
    int links = 0;
    while (!parts.empty()) {
        const std::string part = std::move(parts.front());
        parts.pop_front();
        if (part == "..") {
            climb(path);
            continue;
        }
        const std::string next = path.empty() ? part : path + "/" + part;
        const auto found = status_below(root, next);
        if (!found) {
            return std::nullopt;
        }
        if (found->status.kind != system::Kind::link) {
            path = next;
            continue;
        }
        const Fd link = open_beneath(root, next, O_PATH);
        const auto target = link.is_open() ? link_target(link.get(), "") : std::nullopt;
        if (!target) {
            return std::nullopt;
        }
        if (++links > most_links) {
            errno = ELOOP;
            return std::nullopt;
        }
        if (target->starts_with('/')) {
            path.clear();
        }
        put_in_front(parts, *target);
    }
    return "/" + path;
}

}  // namespace envkeep::posix

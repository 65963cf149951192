// SPDX-License-Identifier: MIT
#include "posix/at_root.hpp"

#include "envkeep/core/text.hpp"
#include "posix/error.hpp"
#include "posix/read_all.hpp"
#include "posix/resolve.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdlib>
#include <utility>

namespace envkeep::posix {

Fd open_at_root(const Fd& root, const std::string& absolute, int flags) {
    return root.is_open() ? open_in_root(root.get(), absolute, flags)
                          : Fd(::open(absolute.c_str(), flags | O_CLOEXEC));
}

Result<OpenedAtRoot> open_file_at_root(const Fd& root, const std::string& absolute) {
    constexpr int reading = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    Fd file = open_at_root(root, absolute, root.is_open() ? O_PATH : reading);
    struct ::stat found{};
    if (!file.is_open() || ::fstat(file.get(), &found) != 0) {
        return last_error("cannot read " + quoted(absolute));
    }
    if (!S_ISREG(found.st_mode)) {
        return failure(ErrorKind::unsupported,
                       "cannot read " + quoted(absolute) + ": it is no regular file");
    }
    if (root.is_open()) {
        // That very file, whatever stands at its path by now.
        file = Fd(::open(fmt::format("/proc/self/fd/{}", file.get()).c_str(), reading));
        if (!file.is_open()) {
            return last_error("cannot read " + quoted(absolute));
        }
    }
    return OpenedAtRoot{.fd = std::move(file), .size = static_cast<std::uint64_t>(found.st_size)};
}

Result<std::string> read_at_root(const Fd& root, const std::string& absolute, std::uint64_t limit) {
    ENVKEEP_TRY(const OpenedAtRoot file, open_file_at_root(root, absolute));
    return read_all(file.fd.get(), file.size, limit, absolute);
}

Result<std::string> real_path_at_root(const Fd& root, const std::string& absolute) {
    if (root.is_open()) {
        if (auto resolved = resolve_in_root(root.get(), absolute)) {
            return *std::move(resolved);
        }
    } else if (char* const resolved = ::realpath(absolute.c_str(), nullptr); resolved != nullptr) {
        std::string path = resolved;
        std::free(resolved);
        return path;
    }
    return last_error("cannot find where " + quoted(absolute) + " leads");
}

}  // namespace envkeep::posix

// SPDX-License-Identifier: MIT
#include "posix/read_all.hpp"

#include "envkeep/core/text.hpp"
#include "posix/error.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace envkeep::posix {
namespace {

template <typename Read>
std::ptrdiff_t fill(std::span<std::byte> buffer, const Read& read) {
    std::size_t filled = 0;
    while (filled < buffer.size()) {
        const ssize_t got = read(filled);
        if (got < 0 && errno != EINTR) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        filled += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    return static_cast<std::ptrdiff_t>(filled);
}

}  // namespace

std::ptrdiff_t read_fully(int file, std::span<std::byte> buffer) {
    return fill(buffer, [&](std::size_t filled) {
        return ::read(file, &buffer[filled], buffer.size() - filled);
    });
}

std::ptrdiff_t read_fully_at(int file, std::uint64_t offset, std::span<std::byte> buffer) {
    return fill(buffer, [&](std::size_t filled) {
        return ::pread(
            file, &buffer[filled], buffer.size() - filled, static_cast<off_t>(offset + filled));
    });
}

Result<std::string> read_all(int file,
                             std::uint64_t size,
                             std::uint64_t limit,
                             const std::string& shown) {
    // The size is a guess: others may write meanwhile. Asking for one byte more shows the end of
    // the file in the same call.
    constexpr std::uint64_t at_least = 4095;
    std::uint64_t room = std::min(std::max(size, at_least), limit) + 1;
    std::string content(room, '\0');
    std::size_t filled = 0;
    while (true) {
        const ssize_t got = ::read(file, &content[filled], content.size() - filled);
        if (got < 0 && errno != EINTR) {
            return last_error("cannot read " + quoted(shown));
        }
        filled += got > 0 ? static_cast<std::size_t>(got) : 0;
        if (filled > limit) {
            return failure(
                ErrorKind::unsupported,
                "cannot read " + quoted(shown) + ": it is larger than " + human_size(limit));
        }
        if (got == 0 || (size > 0 && filled == size)) {
            content.resize(filled);
            return content;
        }
        if (filled == content.size()) {
            room = std::min(room * 2, limit + 1);
            content.resize(room);
        }
    }
}

int write_fully(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EAGAIN) {
            // Of a pipe or terminal that somebody else made not to block.
            struct ::pollfd room{.fd = file, .events = POLLOUT, .revents = 0};
            static_cast<void>(::poll(&room, 1, -1));
        } else if (written < 0 && errno != EINTR) {
            return errno;
        }
        bytes.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
    return 0;
}

}  // namespace envkeep::posix

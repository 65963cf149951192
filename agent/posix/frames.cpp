// SPDX-License-Identifier: MIT
#include "envkeep/posix/process.hpp"
#include "posix/error.hpp"
#include "posix/poll_until.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>

namespace envkeep::posix {
namespace {

constexpr std::size_t header_size = 5;

std::uint32_t length_in(std::string_view header) {
    std::uint32_t length = 0;
    for (std::size_t i = 4; i > 0; --i) {
        length = length << 8U | static_cast<unsigned char>(header[i]);
    }
    return length;
}

// The whole of it, or the errno; no SIGPIPE when the parent is gone.
int send_fully(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) {
            return errno;
        }
        bytes.remove_prefix(sent > 0 ? static_cast<std::size_t>(sent) : 0);
    }
    return 0;
}

}  // namespace

Result<void> send_frame(int report_fd, std::uint8_t type, std::string_view payload) {
    if (payload.size() > largest_frame) {
        return failure(ErrorKind::unsupported, "cannot report more than 16 MiB at once");
    }
    std::string frame(header_size, '\0');
    frame[0] = static_cast<char>(type);
    for (std::size_t i = 1; i < header_size; ++i) {
        frame[i] = static_cast<char>(payload.size() >> (8 * (i - 1)) & 0xFFU);
    }
    frame += payload;
    if (const int code = send_fully(report_fd, frame); code != 0) {
        return tl::unexpected(error_of(code, "cannot report to the parent process"));
    }
    return {};
}

bool has_room_for_frame(int report_fd) {
    return wait_until_ready(report_fd, POLLOUT, {});
}

bool FrameReader::has_frame() const {
    return buffer_.size() >= header_size && buffer_.size() - header_size >= length_in(buffer_);
}

Frame FrameReader::take_frame() {
    const std::size_t length = length_in(buffer_);
    Frame frame{.type = static_cast<std::uint8_t>(buffer_[0]),
                .payload = buffer_.substr(header_size, length)};
    buffer_.erase(0, header_size + length);
    return frame;
}

bool FrameReader::has_too_large_frame() const {
    return buffer_.size() >= header_size && length_in(buffer_) > largest_frame;
}

bool FrameReader::receive() {
    std::array<char, 65536> chunk{};
    const ssize_t got = ::recv(reports_, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got > 0) {
        buffer_.append(chunk.data(), static_cast<std::size_t>(got));
    }
    return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

Received FrameReader::next(SteadyTime deadline) {
    while (!is_broken_) {
        if (has_too_large_frame()) {
            break;
        }
        if (has_frame()) {
            return take_frame();
        }
        if (!wait_until_readable(reports_, deadline)) {
            return DeadlinePassed{};
        }
        if (!receive()) {
            if (buffer_.empty()) {
                return WorkerClosed{};
            }
            break;
        }
    }
    is_broken_ = true;
    return BrokenStream{};
}

}  // namespace envkeep::posix

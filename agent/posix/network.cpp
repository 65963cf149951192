// SPDX-License-Identifier: MIT
#include "envkeep/posix/network.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/posix/fd.hpp"
#include "posix/look_up.hpp"
#include "posix/poll_until.hpp"

#include <fmt/format.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nss.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

namespace envkeep::posix {
namespace {

using system::NetworkError;
using system::NetworkFailure;
using system::Readiness;
using ConnectResult = tl::expected<std::unique_ptr<system::Connection>, NetworkError>;

// After so long without an answer the next address is tried beside it (RFC 8305).
constexpr std::chrono::milliseconds patience(250);

NetworkFailure failure_of(int code) {
    switch (code) {
        case ECONNREFUSED:
            return NetworkFailure::refused;
        case ENETUNREACH:
        case EHOSTUNREACH:
        case ENETDOWN:
        case EHOSTDOWN:
        case EADDRNOTAVAIL:  // no address here of that family
        case EAFNOSUPPORT:
        case EACCES:  // of connect: a route that prohibits
        case EINVAL:  // of connect: a route that is a black hole
            return NetworkFailure::unreachable;
        case ETIMEDOUT:
            return NetworkFailure::timed_out;
        case ECONNRESET:
        case EPIPE:
        case ECONNABORTED:
            return NetworkFailure::closed_by_peer;
        default:
            return NetworkFailure::other;
    }
}

NetworkError other_error_of(int code, std::string_view what) {
    return {NetworkFailure::other, fmt::format("{}: {}", what, std::strerror(code))};
}

// `what` is "github.com port 22".
NetworkError network_error_of(int code, std::string_view what) {
    const NetworkFailure failure = failure_of(code);
    switch (failure) {
        case NetworkFailure::refused:
            return {failure, fmt::format("{} refuses connections", what)};
        case NetworkFailure::unreachable:
            return {failure, fmt::format("no route to {}", what)};
        case NetworkFailure::timed_out:
            return {failure, fmt::format("{} does not answer", what)};
        case NetworkFailure::closed_by_peer:
            return {failure, fmt::format("{} closed the connection", what)};
        default:
            return other_error_of(code, what);
    }
}

bool would_block(int code) {
    return code == EAGAIN;  // the same as EWOULDBLOCK on Linux
}

class Stream final : public system::Connection {
  public:
    Stream(Fd socket, std::string peer, std::string name)
        : socket_(std::move(socket)), peer_(std::move(peer)), name_(std::move(name)) {}

    [[nodiscard]] int descriptor() const override { return socket_.get(); }

    [[nodiscard]] std::string peer() const override { return peer_; }

    tl::expected<std::size_t, NetworkError> read(std::span<std::byte> into,
                                                 SteadyTime deadline) override {
        return carry(Readiness::readable, deadline, [&] {
            return ::recv(socket_.get(), into.data(), into.size(), 0);
        });
    }

    tl::expected<std::size_t, NetworkError> write(std::span<const std::byte> bytes,
                                                  SteadyTime deadline) override {
        return carry(Readiness::writable, deadline, [&] {
            return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        });
    }

    tl::expected<void, NetworkError> wait(Readiness readiness, SteadyTime deadline) override {
        constexpr std::array<short, 3> events{POLLIN, POLLOUT, POLLIN | POLLOUT};
        if (!wait_until_ready(
                socket_.get(), events.at(static_cast<std::size_t>(readiness)), deadline)) {
            return tl::unexpected(network_error_of(ETIMEDOUT, name_));
        }
        return {};
    }

  private:
    template <typename Call>
    tl::expected<std::size_t, NetworkError> carry(Readiness readiness,
                                                  SteadyTime deadline,
                                                  const Call& call) {
        while (true) {
            const ::ssize_t count = call();
            if (count >= 0) {
                return static_cast<std::size_t>(count);
            }
            if (errno == EINTR) {
                continue;
            }
            if (!would_block(errno)) {
                return tl::unexpected(network_error_of(errno, name_));
            }
            if (deadline <= std::chrono::steady_clock::now()) {
                return tl::unexpected(network_error_of(ETIMEDOUT, name_));
            }
            if (auto ready = wait(readiness, deadline); !ready) {
                return tl::unexpected(std::move(ready).error());
            }
        }
    }

    Fd socket_;
    std::string peer_;
    std::string name_;
};

void set_option(const Fd& socket, int level, int option, int value) {
    // Without them the stream works too.
    static_cast<void>(::setsockopt(socket.get(), level, option, &value, sizeof value));
}

Fd open_socket(int family) {
    Fd socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.is_open() && family != AF_UNIX) {
        set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
        // A peer that is gone without a word, a laptop that slept: noticed after a minute.
        set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
        set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, 30);
        set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, 10);
        set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
    }
    return socket;
}

// Tries all addresses, a new one as soon as the one before fails or stalls; the first that answers
// wins.
class Race {
  public:
    Race(std::vector<SocketAddress> addresses, std::string name)
        : addresses_(std::move(addresses)), name_(std::move(name)) {}

    ConnectResult run(SteadyTime deadline) {
        while (true) {
            if (pending_.empty() && next_ == addresses_.size()) {
                return tl::unexpected(network_error_of(reason_, name_));
            }
            const SteadyTime now = std::chrono::steady_clock::now();
            if (now >= deadline) {
                return tl::unexpected(network_error_of(ETIMEDOUT, name_));
            }
            if (next_ < addresses_.size() && (pending_.empty() || now >= next_start_)) {
                start_next();
                next_start_ = now + patience;
                continue;
            }
            const SteadyTime until =
                next_ < addresses_.size() ? std::min(deadline, next_start_) : deadline;
            if (auto winner = wait_for_one(until)) {
                return std::make_unique<Stream>(
                    std::move(winner->socket), addresses_[winner->address].text(), name_);
            }
        }
    }

  private:
    struct Try {
        Fd socket;
        std::size_t address = 0;
    };

    void start_next() {
        const std::size_t address = next_++;
        const SocketAddress& to = addresses_[address];
        Fd socket = open_socket(to.storage.ss_family);
        if (!socket.is_open() || (::connect(socket.get(), to.get(), to.size) != 0 &&
                                  errno != EINPROGRESS && errno != EINTR)) {
            note(errno);
            return;
        }
        pending_.push_back({std::move(socket), address});
    }

    std::optional<Try> wait_for_one(SteadyTime until) {
        std::vector<struct ::pollfd> polled;
        for (const Try& each : pending_) {
            polled.push_back({.fd = each.socket.get(), .events = POLLOUT, .revents = 0});
        }
        if (::poll(polled.data(), polled.size(), milliseconds_until(until)) <= 0) {
            return std::nullopt;
        }
        for (std::size_t i = polled.size(); i-- > 0;) {
            if (polled[i].revents == 0) {
                continue;
            }
            int code = 0;
            ::socklen_t size = sizeof code;
            if (::getsockopt(polled[i].fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0) {
                code = errno;
            }
            if (code == 0) {
                return std::move(pending_[i]);
            }
            note(code);
            pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
            next_start_ = {};
        }
        return std::nullopt;
    }

    // An address that answered says more than one without a route, as IPv6 often is.
    void note(int code) {
        if (reason_ == 0 || failure_of(reason_) == NetworkFailure::unreachable) {
            reason_ = code;
        }
    }

    std::vector<SocketAddress> addresses_;
    std::string name_;
    std::vector<Try> pending_;
    std::size_t next_ = 0;
    SteadyTime next_start_;
    int reason_ = 0;
};

}  // namespace

Network::Network() {
    static_cast<void>(::__nss_configure_lookup("hosts", "files dns"));
}

ConnectResult Network::connect(const std::string& host, std::uint16_t port, SteadyTime deadline) {
    auto addresses = look_up(host, port, deadline);
    if (!addresses) {
        return tl::unexpected(std::move(addresses).error());
    }
    return Race(*std::move(addresses), fmt::format("{} port {}", printable(host), port))
        .run(deadline);
}

ConnectResult Network::connect_local(const std::string& path) {
    const std::string name = fmt::format("the socket {}", quoted(path));
    struct ::sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        return tl::unexpected(network_error_of(ENAMETOOLONG, name));
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    Fd socket = open_socket(AF_UNIX);
    // With a full queue this answers EAGAIN at once, and nothing tells when there is room.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): how sockets take addresses
    if (!socket.is_open() ||
        ::connect(socket.get(), reinterpret_cast<struct ::sockaddr*>(&address), sizeof address) !=
            0) {
        const int code = would_block(errno) ? ETIMEDOUT : errno;
        // No route leads there that could be missing: what an address of the network means by
        // these is another thing.
        return tl::unexpected(failure_of(code) == NetworkFailure::unreachable
                                  ? other_error_of(code, name)
                                  : network_error_of(code, name));
    }
    return std::make_unique<Stream>(std::move(socket), path, name);
}

}  // namespace envkeep::posix

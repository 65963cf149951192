// SPDX-License-Identifier: MIT
#include "envkeep/posix/network.hpp"

#include "envkeep/posix/fd.hpp"
#include "support/child.hpp"
#include "support/mounts.hpp"
#include "support/temp_tree.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace envkeep::posix {
namespace {

using namespace std::chrono_literals;
using system::NetworkFailure;
using ::testing::HasSubstr;

SteadyTime in(std::chrono::milliseconds time) {
    return std::chrono::steady_clock::now() + time;
}

// Long enough for any machine; passes only if something hangs.
SteadyTime at_last() {
    return in(60s);
}

// Of 127.0.0.1, on a port of its own.
class Listener {
  public:
    explicit Listener(int backlog = 8, const char* address = "127.0.0.1")
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        struct ::sockaddr_in here{};
        here.sin_family = AF_INET;
        ::inet_pton(AF_INET, address, &here.sin_addr);
        ::socklen_t size = sizeof here;
        auto* const general = reinterpret_cast<struct ::sockaddr*>(&here);
        EXPECT_EQ(::bind(socket_.get(), general, size), 0);
        EXPECT_EQ(::getsockname(socket_.get(), general, &size), 0);
        port_ = ntohs(here.sin_port);
        if (backlog >= 0) {
            EXPECT_EQ(::listen(socket_.get(), backlog), 0);
        }
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }

    [[nodiscard]] Fd accept() const {
        return Fd(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    }

  private:
    Fd socket_;
    std::uint16_t port_ = 0;
};

std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

std::string text(std::span<const std::byte> some) {
    return {reinterpret_cast<const char*>(some.data()), some.size()};
}

int option(int descriptor, int level, int name) {
    int value = -1;
    ::socklen_t size = sizeof value;
    EXPECT_EQ(::getsockopt(descriptor, level, name, &value, &size), 0);
    return value;
}

// Closes with what is unread thrown away: the other end gets ECONNRESET.
void reset(Fd socket) {
    const struct ::linger at_once{.l_onoff = 1, .l_linger = 0};
    EXPECT_EQ(::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
}

TEST(Network, CarriesBytesBothWays) {
    const Listener listener;
    Network network;

    const auto connection = network.connect("127.0.0.1", listener.port(), at_last());
    ASSERT_TRUE(connection.has_value()) << connection.error().message;
    const Fd peer = listener.accept();
    ASSERT_EQ((*connection)->write(bytes("hello"), at_last()), 5U);
    std::array<char, 16> got{};
    ASSERT_EQ(::recv(peer.get(), got.data(), 5, MSG_WAITALL), 5);
    ASSERT_EQ(::send(peer.get(), "you", 3, 0), 3);
    std::array<std::byte, 16> answer{};
    const auto count = (*connection)->read(answer, at_last());

    EXPECT_EQ(std::string(got.data()), "hello");
    ASSERT_TRUE(count.has_value());
    EXPECT_EQ(text(std::span(answer).first(*count)), "you");
    EXPECT_EQ((*connection)->peer(), "127.0.0.1");
}

TEST(Network, KeepsTheDescriptorFromOtherProgramsAndTheLineAlive) {
    const Listener listener;
    Network network;

    const auto connection = network.connect("127.0.0.1", listener.port(), at_last());
    ASSERT_TRUE(connection.has_value());

    const int descriptor = (*connection)->descriptor();
    EXPECT_NE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0);
    EXPECT_NE(::fcntl(descriptor, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_EQ(option(descriptor, IPPROTO_TCP, TCP_NODELAY), 1);
    EXPECT_EQ(option(descriptor, SOL_SOCKET, SO_KEEPALIVE), 1);
}

TEST(Network, FindsANameOfTheHostsFile) {
    const Listener listener;
    Network network;

    // Most machines have ::1 for it too, where nobody listens: the next address is tried.
    const auto connection = network.connect("localhost", listener.port(), at_last());

    ASSERT_TRUE(connection.has_value()) << connection.error().message;
    EXPECT_EQ((*connection)->peer(), "127.0.0.1");
}

TEST(Network, TellsTheEndOfTheStream) {
    const Listener listener;
    Network network;
    const auto connection = network.connect("127.0.0.1", listener.port(), at_last());
    ASSERT_TRUE(connection.has_value());

    static_cast<void>(listener.accept());
    std::array<std::byte, 16> into{};

    EXPECT_EQ((*connection)->read(into, at_last()), 0U);
}

TEST(Network, TellsWhenThePeerReset) {
    const Listener listener;
    Network network;
    const auto connection = network.connect("127.0.0.1", listener.port(), at_last());
    ASSERT_TRUE(connection.has_value());

    reset(listener.accept());
    std::array<std::byte, 16> into{};
    const auto outcome = (*connection)->read(into, at_last());

    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().failure, NetworkFailure::closed_by_peer);
    EXPECT_EQ(outcome.error().message,
              fmt::format("127.0.0.1 port {} closed the connection", listener.port()));
    // No SIGPIPE either.
    const auto written = (*connection)->write(bytes("x"), at_last());
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().failure, NetworkFailure::closed_by_peer);
}

TEST(Network, NeverWaitsLongerThanTheDeadline) {
    const Listener listener;
    Network network;
    const auto connection = network.connect("127.0.0.1", listener.port(), at_last());
    ASSERT_TRUE(connection.has_value());
    std::array<std::byte, 16> into{};

    const auto at_once = (*connection)->read(into, {});
    const auto soon = (*connection)->read(into, in(10ms));
    const auto waited = (*connection)->wait(system::Readiness::readable, in(10ms));
    const auto writable = (*connection)->wait(system::Readiness::either, at_last());

    ASSERT_FALSE(at_once.has_value());
    EXPECT_EQ(at_once.error().failure, NetworkFailure::timed_out);
    ASSERT_FALSE(soon.has_value());
    EXPECT_EQ(soon.error().failure, NetworkFailure::timed_out);
    ASSERT_FALSE(waited.has_value());
    EXPECT_EQ(waited.error().failure, NetworkFailure::timed_out);
    EXPECT_TRUE(writable.has_value());
}

TEST(Network, AFullPipeOfThePeerIsNotWaitedForWithoutEnd) {
    const Listener listener;
    Network network;
    const auto connection = network.connect("127.0.0.1", listener.port(), at_last());
    ASSERT_TRUE(connection.has_value());
    const Fd peer = listener.accept();
    const std::vector<std::byte> much(1 << 20);

    auto outcome = (*connection)->write(much, in(10ms));
    while (outcome.has_value()) {
        outcome = (*connection)->write(much, in(10ms));
    }

    EXPECT_EQ(outcome.error().failure, NetworkFailure::timed_out);
}

TEST(Network, NamesWhoRefuses) {
    const Listener nobody(-1);
    Network network;

    const auto outcome = network.connect("127.0.0.1", nobody.port(), at_last());

    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().failure, NetworkFailure::refused);
    EXPECT_EQ(outcome.error().message,
              fmt::format("127.0.0.1 port {} refuses connections", nobody.port()));
}

TEST(Network, GivesUpOnAListenerWhoseQueueIsFull) {
    const Listener listener(0);
    Network network;
    // A queue of 0 takes one, and while that one waits the kernel drops the rest.
    std::vector<std::unique_ptr<system::Connection>> queued;
    auto outcome = network.connect("127.0.0.1", listener.port(), in(300ms));
    while (outcome.has_value()) {
        queued.push_back(*std::move(outcome));
        outcome = network.connect("127.0.0.1", listener.port(), in(300ms));
    }

    EXPECT_EQ(outcome.error().failure, NetworkFailure::timed_out);
    EXPECT_THAT(outcome.error().message, HasSubstr("does not answer"));
    EXPECT_FALSE(queued.empty());
}

TEST(Network, LeavesNoDescriptorOpen) {
    const Listener nobody(-1);
    const Listener listener;
    Network network;
    const int before = testing::open_descriptors();

    static_cast<void>(network.connect("127.0.0.1", nobody.port(), at_last()));
    static_cast<void>(network.connect("localhost", listener.port(), at_last()));

    EXPECT_EQ(testing::open_descriptors(), before);
}

// On a network of its own, with one name server, at 127.0.0.1.
class OwnNames {
  public:
    OwnNames() {
        EXPECT_EQ(::unshare(CLONE_NEWNET), 0);
        server_ = Fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        struct ::ifreq loopback{};
        std::strncpy(loopback.ifr_name, "lo", sizeof loopback.ifr_name - 1);
        loopback.ifr_flags = IFF_UP;
        EXPECT_EQ(::ioctl(server_.get(), SIOCSIFFLAGS, &loopback), 0);
        files_.file("resolv.conf", "nameserver 127.0.0.1\noptions timeout:30 attempts:1\n");
        resolv_.emplace(testing::ScopedMount::bind("/etc/resolv.conf", files_ / "resolv.conf"));
    }

    void listen() {
        struct ::sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_port = htons(53);
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(server_.get(), reinterpret_cast<struct ::sockaddr*>(&here), sizeof here),
                  0);
    }

    // Answers each question with `code` (3: no such name), while the process lives.
    void answer(unsigned char code) {
        listen();
        std::thread([socket = server_.get(), code] {
            std::array<unsigned char, 512> packet{};
            struct ::sockaddr_storage from{};
            ::socklen_t size = sizeof from;
            auto* const general = reinterpret_cast<struct ::sockaddr*>(&from);
            ::ssize_t count = 0;
            while ((count = ::recvfrom(socket, packet.data(), packet.size(), 0, general, &size)) >
                   3) {
                packet[2] = 0x81;
                packet[3] = 0x80 | code;
                ::sendto(socket, packet.data(), static_cast<std::size_t>(count), 0, general, size);
            }
        }).detach();
    }

  private:
    testing::OwnMounts mounts_;
    Fd server_;
    testing::TempTree files_;
    std::optional<testing::ScopedMount> resolv_;
};

system::NetworkError error_for(const std::string& host, SteadyTime deadline) {
    Network network;
    auto outcome = network.connect(host, 22, deadline);
    EXPECT_FALSE(outcome.has_value());
    return outcome ? system::NetworkError{} : outcome.error();
}

TEST(Network, TellsThatThereIsNoSuchName) {
    testing::in_child([] {
        OwnNames names;
        names.answer(3);

        const auto error = error_for("gthub.example", at_last());

        EXPECT_EQ(error.failure, NetworkFailure::no_such_name);
        EXPECT_EQ(error.message, "no host is called 'gthub.example'");
    });
}

TEST(Network, TellsThatTheNameServerFails) {
    testing::in_child([] {
        OwnNames names;
        names.answer(2);

        const auto error = error_for("github.example", at_last());

        EXPECT_EQ(error.failure, NetworkFailure::lookup_failed);
        EXPECT_EQ(error.message, "no name server answers, looking for 'github.example'");
    });
}

TEST(Network, DoesNotWaitForANameServerBeyondTheDeadline) {
    testing::in_child([] {
        OwnNames names;
        names.listen();  // and never answers: the resolver would wait for half a minute

        const auto error = error_for("github.example", in(20ms));

        EXPECT_EQ(error.failure, NetworkFailure::lookup_failed);
        EXPECT_EQ(error.message, "no name server answered in time, looking for 'github.example'");
    });
}

TEST(Network, TellsAnUnreachableNetwork) {
    testing::in_child([] {
        OwnNames names;  // and no route to anywhere

        const auto error = error_for("192.0.2.1", at_last());

        EXPECT_EQ(error.failure, NetworkFailure::unreachable);
        EXPECT_EQ(error.message, "no route to 192.0.2.1 port 22");
    });
}

TEST(Network, ConnectsToALocalSocket) {
    const testing::TempTree tree;
    const std::string path = tree / "agent.sock";
    const Fd listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    struct ::sockaddr_un here{};
    here.sun_family = AF_UNIX;
    std::strncpy(here.sun_path, path.c_str(), sizeof here.sun_path - 1);
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<struct ::sockaddr*>(&here), sizeof here), 0);
    Network network;

    const auto refused = network.connect_local(path);
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    const auto connected = network.connect_local(path);
    const auto missing = network.connect_local(tree / "nothing");
    const auto too_long = network.connect_local("/" + std::string(200, 'a'));

    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().failure, NetworkFailure::refused);
    EXPECT_TRUE(connected.has_value());
    ASSERT_FALSE(missing.has_value());
    EXPECT_THAT(missing.error().message, HasSubstr("No such file"));
    EXPECT_FALSE(too_long.has_value());
}

TEST(Network, SaysWhyALocalSocketCannotBeReached) {
    const auto expect_reason = [](long call, int code) {
        testing::with_refused_calls({{.number = call, .code = code}}, [&] {
            const auto refused = Network().connect_local("/run/agent.sock");
            ASSERT_FALSE(refused.has_value());
            EXPECT_EQ(refused.error().failure, NetworkFailure::other);
            EXPECT_EQ(refused.error().message,
                      fmt::format("the socket '/run/agent.sock': {}", std::strerror(code)));
        });
    };

    expect_reason(SYS_connect, EACCES);
    expect_reason(SYS_socket, EMFILE);
}

}  // namespace
}  // namespace envkeep::posix

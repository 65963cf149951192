// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/time.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

// Streams to other machines. Nothing here waits longer than its deadline, name lookup included.
namespace envkeep::system {

enum class NetworkFailure {
    no_such_name,    // the name servers know no such host
    lookup_failed,   // no name server answers
    refused,         // ECONNREFUSED
    unreachable,     // ENETUNREACH, EHOSTUNREACH
    timed_out,       // the deadline passed
    closed_by_peer,  // ECONNRESET, EPIPE
    other,
};

struct NetworkError {
    NetworkFailure failure = NetworkFailure::other;
    std::string message;  // lower case, no full stop, names host and port
};

enum class Readiness { readable, writable, either };

class Connection {
  public:
    virtual ~Connection() = default;

    // For libraries that ask for one; owned by the connection, never blocks.
    [[nodiscard]] virtual int descriptor() const = 0;
    // The address that answered, as text: "140.82.121.4".
    [[nodiscard]] virtual std::string peer() const = 0;
    // How many bytes came, at least one; zero at the end of the stream.
    [[nodiscard]] virtual tl::expected<std::size_t, NetworkError> read(std::span<std::byte> into,
                                                                       SteadyTime deadline) = 0;
    // How many bytes went, at least one.
    [[nodiscard]] virtual tl::expected<std::size_t, NetworkError> write(
        std::span<const std::byte> bytes, SteadyTime deadline) = 0;
    // For those who read and write in turns, with deadlines that have passed: neither waits then.
    [[nodiscard]] virtual tl::expected<void, NetworkError> wait(Readiness readiness,
                                                                SteadyTime deadline) = 0;
};

class Network {
  public:
    virtual ~Network() = default;

    // A TCP stream to the first address of the host that answers; all of them are tried, IPv6 and
    // IPv4 in turn, within the deadline.
    [[nodiscard]] virtual tl::expected<std::unique_ptr<Connection>, NetworkError> connect(
        const std::string& host, std::uint16_t port, SteadyTime deadline) = 0;

    // A stream to whoever listens at a socket of this machine, by absolute path. Waits for nothing.
    [[nodiscard]] virtual tl::expected<std::unique_ptr<Connection>, NetworkError> connect_local(
        const std::string& path) = 0;
};

}  // namespace envkeep::system

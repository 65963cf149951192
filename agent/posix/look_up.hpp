// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/time.hpp"
#include "envkeep/system/network.hpp"

#include <tl/expected.hpp>

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

namespace envkeep::posix {

struct SocketAddress {
    struct ::sockaddr_storage storage{};
    ::socklen_t size = 0;

    [[nodiscard]] const struct ::sockaddr* get() const;
    // "140.82.121.4", "2a01::1".
    [[nodiscard]] std::string text() const;
};

// At least one address of the host, best first, IPv6 and IPv4 in turn.
[[nodiscard]] tl::expected<std::vector<SocketAddress>, system::NetworkError> look_up(
    const std::string& host, std::uint16_t port, SteadyTime deadline);

}  // namespace envkeep::posix

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/network.hpp"

namespace envkeep::posix {

// The real one. Names are looked up in /etc/hosts and by DNS; a lookup that outlives its deadline
// is left to a thread of its own, which ends by itself.
class Network final : public system::Network {
  public:
    // Pins, for the whole process, where names are looked up: what else nsswitch.conf names would
    // be loaded from the machine, which a static program cannot do soundly.
    Network();

    [[nodiscard]] tl::expected<std::unique_ptr<system::Connection>, system::NetworkError> connect(
        const std::string& host, std::uint16_t port, SteadyTime deadline) override;
    [[nodiscard]] tl::expected<std::unique_ptr<system::Connection>, system::NetworkError>
    connect_local(const std::string& path) override;
};

}  // namespace envkeep::posix

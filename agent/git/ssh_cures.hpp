// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/git/address.hpp"
#include "envkeep/git/ssh_session.hpp"
#include "envkeep/model/finding.hpp"

#include <string_view>

// Cures of ssh that are commands, or a better URL.
namespace envkeep::git {

// The name at which a big host answers ssh on port 443, where its port 22 is shut; else empty.
[[nodiscard]] std::string_view other_door(const SshError& error, const SshSettings& settings);

// Port 443 of a big host, as a block that comes before all others of ~/.ssh/config.
void add_other_door(std::string_view door, const SshSettings& settings, model::Finding& finding);

// The line for ~/.ssh/known_hosts of a host that showed its key.
void add_known_host(const SshError& error, model::Finding& finding);

// "host:2222/me/x" names a folder: most who write it mean a port.
void add_meant_port(const Address& address, model::Finding& finding);

}  // namespace envkeep::git

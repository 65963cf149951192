// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/git/ssh_session.hpp"

#include <cstdint>
#include <optional>
#include <string>

// What of a host is known before it is asked.
namespace envkeep::git {

// Why it cannot be reached with these settings; `host` as the URL names it.
[[nodiscard]] std::optional<SshError> unsupported_way(const SshSettings& settings,
                                                      const std::string& host);

// Where the key of a host is looked for, and by which name.
struct HostKeyLookup {
    KnownHosts known;  // the sources', and of the files that the settings name
    std::string host;
    std::uint16_t port = 22;
    std::string shown;  // how the host is told: "example.org port 2222"
};

[[nodiscard]] HostKeyLookup host_key_lookup(const SshSettings& settings, const SshSources& sources);

}  // namespace envkeep::git

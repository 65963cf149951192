// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/system/files.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::git {

enum class HostKeyChecking { yes, accept_new, no };  // `ask`, the default, is `yes`: we never ask

// What ssh_config(5) says of one host: ~/.ssh/config, then /etc/ssh/ssh_config; the first value of
// each keyword counts.
struct SshSettings {
    std::string named;      // as the URL names the host
    std::string host_name;  // where to connect to
    std::string user;       // empty: none said
    std::uint16_t port = 22;
    // As ssh tries them; the usual four names where none is said. Tokens and `~` are expanded;
    // absolute, what is relative is taken from the home.
    std::vector<std::string> identity_files;
    bool has_own_identities = false;  // IdentityFile was said: a missing one is worth telling
    std::vector<std::string> certificate_files;
    bool identities_only = false;
    std::string identity_agent;                  // path of the agent's socket; empty: none
    std::vector<std::string> known_hosts_files;  // the user's, then the machine's
    HostKeyChecking host_key_checking = HostKeyChecking::yes;
    std::string host_key_alias;  // empty: none
    // What would change the meaning and is not supported: "ProxyJump bastion (~/.ssh/config:12)".
    std::vector<std::string> unsupported;
    bool has_proxy = false;             // ProxyJump or ProxyCommand is among them
    std::vector<std::string> problems;  // lines that cannot be read, files that may not be
};

struct SshConfigReader {
    // A file by absolute path, links followed; not_found if there is none.
    std::function<Result<std::string>(const std::string& absolute)> read;
    // The names in a folder, sorted: for Include with patterns.
    std::function<std::vector<std::string>(const std::string& absolute)> names_in;
    std::function<std::optional<std::string>(std::string_view)> variable;
    std::string home;
    std::string local_user;
    std::string local_host;
    std::uint32_t uid = 0;
};

// `host` and `user` as the URL names them (the user may be empty). Never fails: what cannot be read
// is in `problems`.
[[nodiscard]] SshSettings resolve_ssh(const SshConfigReader& reader,
                                      const std::string& host,
                                      const std::string& user,
                                      std::uint16_t port);

}  // namespace envkeep::git

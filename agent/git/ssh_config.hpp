// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/git/ssh_settings.hpp"
#include "git/config_line.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::git {

// What the files of ssh_config(5) say of one host, before tokens are expanded.
struct SshConfig {
    std::optional<std::string> host_name;  // its tokens are expanded
    std::optional<std::string> user;
    std::optional<std::string> port;
    std::optional<std::string> identities_only;
    std::optional<std::string> identity_agent;
    std::optional<std::string> host_key_checking;
    std::optional<std::string> host_key_alias;
    std::optional<std::string> ignore_unknown;
    std::vector<std::string> identity_files;
    std::vector<std::string> certificate_files;
    std::vector<std::string> user_known_hosts;  // empty: not said
    std::vector<std::string> global_known_hosts;
    std::vector<std::string> unsupported;
    bool has_proxy = false;
    std::vector<std::string> problems;
};

// ~/.ssh/config, then /etc/ssh/ssh_config, and what they include.
[[nodiscard]] SshConfig read_ssh_config(const SshConfigReader& reader,
                                        const std::string& host,
                                        const std::string& user);

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/git/http_credentials.hpp"
#include "envkeep/git/ssh_session.hpp"
#include "envkeep/git/ssh_settings.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace envkeep::git {

// All that reaching a remote takes. Lives as long as what uses it.
struct RemoteAccess {
    system::Network& network;
    SshConfigReader config;
    HttpCredentialSources http;
    KnownHosts pinned;  // of the manifest, and the published ones
    // The permission bits of a key file, links followed; may be empty.
    std::function<std::optional<std::uint32_t>(const std::string& absolute)> mode_of;
    SshLimits limits;
    // Asked for "fetching 120 of 300 objects" and the like; may be empty.
    std::function<void(std::string_view)> progress;
    // Asked often while there is work, and before what came is put in place: false ends it, with
    // the working copy as it was. May be empty.
    std::function<bool()> may_go_on;
    bool no_network = false;  // only `file` is reached then
};

}  // namespace envkeep::git

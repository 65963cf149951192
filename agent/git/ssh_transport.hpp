// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/git/address.hpp"
#include "envkeep/git/remote_access.hpp"

#include <git2.h>

#include <memory>

namespace envkeep::git {

// Of the user's configuration; whom nobody names is the local user.
[[nodiscard]] SshSettings ssh_settings(const RemoteAccess& access, const Address& address);

// As long as the access lives.
[[nodiscard]] SshSources ssh_sources(const RemoteAccess& access);

// A session with the host of an address; `settings` are those that were used.
[[nodiscard]] SshResult<std::unique_ptr<SshSession>> open_ssh(const RemoteAccess& access,
                                                              const Address& address,
                                                              SshSettings& settings);

// For git_transport_register: git's protocol over SshSession. Serves remotes whose options
// RemoteCallbacks has filled, and no others.
int make_ssh_transport(git_transport** out, git_remote* owner, void* nothing);

}  // namespace envkeep::git

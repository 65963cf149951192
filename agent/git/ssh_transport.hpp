// SPDX-License-Identifier: MIT
#pragma once

#include <git2.h>

namespace envkeep::git {

// For git_transport_register: git's protocol over SshSession. Serves remotes whose options
// RemoteCallbacks has filled, and no others.
int make_ssh_transport(git_transport** out, git_remote* owner, void* nothing);

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#pragma once

#include "git/remote_callbacks.hpp"

namespace envkeep::git {

// libgit2's https, http and git go over system::Network from then on: so looking up a name,
// connecting and each byte have their limits, and a failure is known as what it is.
[[nodiscard]] bool register_streams();

// libgit2 makes its streams without a word about the remote that they are for: it is the one that
// was named last, by the thread that makes them.
void reach_streams_for(RemoteCallbacks& callbacks);
void forget_streams_for(const RemoteCallbacks& callbacks);

}  // namespace envkeep::git

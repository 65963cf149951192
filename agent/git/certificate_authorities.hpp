// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/git/remote_access.hpp"

#include <git2.h>

#include <string>

namespace envkeep::git {

// Gives libgit2 the first of ca_bundle_places that it can use; what the configuration of the
// repository (the user's, if it is null) says counts too. Its path and who named it; empty if there
// is none.
std::string use_certificate_authorities(git_repository* repository, const RemoteAccess& access);

}  // namespace envkeep::git

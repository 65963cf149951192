// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/git/remote_access.hpp"
#include "envkeep/git/working_copy.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

// One working copy that the manifest wants.
struct WantedCopy {
    git::Wish wish;
    manifest::Push push = manifest::Push::never;
    std::string token;         // the variable that holds a token for https; empty: none named
    bool is_in_store = false;  // several sessions may bring it at once
    std::string within;        // the folder of another one that it stands in; empty: none
};

[[nodiscard]] inline bool has_copies(const manifest::Manifest& manifest) {
    return manifest.dotfiles || !manifest.repositories.empty();
}

// The dotfiles first, then the repositories in the manifest's order.
[[nodiscard]] std::vector<WantedCopy> wanted_copies(const Session& session);

// How this session reaches remotes: its home's ssh and git settings, the manifest's known hosts.
[[nodiscard]] git::RemoteAccess access_of(const World& world,
                                          const Session& session,
                                          const Options& options,
                                          const WantedCopy& copy);

}  // namespace envkeep::engine

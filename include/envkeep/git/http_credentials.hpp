// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/git/address.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::git {

struct HttpCredential {
    std::string user;
    std::string secret;
    std::string source;  // "the variable GITHUB_TOKEN", "~/.git-credentials:2", "~/.netrc"
};

struct HttpCredentialSources {
    std::string token_variable;  // that the manifest names; empty: none
    // Of whom alone that token is, as token_place says it: neither a submodule's host nor one to
    // which a server sends on gets it.
    std::string token_place;
    std::function<std::optional<std::string>(std::string_view)> variable;
    // A file by absolute path; not_found if there is none.
    std::function<Result<std::string>(const std::string& absolute)> read;
    std::string home;
};

// "host", "host:8443" of the repository for which the manifest names a token.
[[nodiscard]] std::string token_place(const Address& address);

// What may be offered to a host over https (and over http only where a file names http), best
// first: the manifest's variable, the usual variables of the well-known hosts, .git-credentials,
// .netrc. Each is tried once.
[[nodiscard]] std::vector<HttpCredential> http_credentials(const Address& address,
                                                           const HttpCredentialSources& sources);

}  // namespace envkeep::git

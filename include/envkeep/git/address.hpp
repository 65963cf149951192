// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace envkeep::git {

enum class Way { ssh, https, http, git, file };

// Where a repository is, as its URL says it: scp-like addresses (`me@host:path`) and absolute paths
// too.
struct Address {
    Way way = Way::ssh;
    std::string user;        // empty: none named
    std::string host;        // empty for `file`; an IPv6 address without brackets
    std::uint16_t port = 0;  // zero: the usual one
    std::string path;        // as the server gets it: "me/dotfiles.git", "/srv/git/x.git", "~me/x"

    // As libgit2 takes it. A password is never in it.
    [[nodiscard]] std::string url() const;

    friend bool operator==(const Address&, const Address&) = default;
};

// invalid_manifest for what is no URL of a repository; messages never hold a password.
[[nodiscard]] Result<Address> parse_address(std::string_view url);

}  // namespace envkeep::git

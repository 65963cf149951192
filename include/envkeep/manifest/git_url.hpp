// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace envkeep::manifest {

// The parts of a URL that git can clone. Percent-encoding is undone, save in the path of http and
// https, which goes to the server as it is.
struct GitUrl {
    std::string scheme;      // "ssh" for me@host:path too, "file" for an absolute path
    std::string user;        // empty: none named
    std::string host;        // empty for `file`; an IPv6 address without brackets
    std::uint16_t port = 0;  // zero: none named
    std::string path;        // never empty

    friend bool operator==(const GitUrl&, const GitUrl&) = default;
};

// Takes https, http, ssh, git, file, an absolute path, and user@host:path, as git does. A password
// is refused (invalid_manifest): whoever reads the store would read it too. So is what a program
// would take for an option. Messages never hold a password.
[[nodiscard]] Result<GitUrl> read_git_url(std::string_view url);

}  // namespace envkeep::manifest

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <string>
#include <vector>

namespace envkeep::git {

// One library that the program carries, as the library itself answers.
struct LinkedLibrary {
    std::string name;
    std::string version;
    std::string with;    // what it was built to use: "https: openssl, ssh: libssh2"; may be empty
    std::string source;  // the Debian source version it was built from; empty for Debian's archive
};

// libgit2, libssh2 and the cryptography under both. Initialises nothing, so it costs nothing.
[[nodiscard]] std::vector<LinkedLibrary> linked_libraries();

// Starts libgit2 and libssh2 for real, has one name a blob, and asks the other for the kinds
// of keys that today's servers use. Fails if a library cannot do its part; takes some 25 ms.
[[nodiscard]] Result<void> prove_git_stack();

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#pragma once

#include "git/remote_callbacks.hpp"

#include <string>
#include <string_view>

namespace envkeep::git {

// What libgit2 said last.
struct LibGitError {
    int code = 0;
    std::string message;
};

[[nodiscard]] bool holds(std::string_view text, std::string_view part);

// A failure that libgit2, or git on the other side, tells by its words alone.
struct KnownByWords {
    std::string_view id;
    std::string_view title;  // with a place for the URL, or for the path
    std::string_view cure;
    bool is_network = false;  // may be gone at the next try
};

// Null for words that nobody knows.
[[nodiscard]] const KnownByWords* known_by_words(const RemoteAttempt& attempt,
                                                 std::string_view words);

// Of a host over https, git and http, whatever the words.
[[nodiscard]] SshError network_error(const LibGitError& error);

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/model/finding.hpp"
#include "git/remote_callbacks.hpp"
#include "git/remote_words.hpp"

#include <string>

namespace envkeep::git {

// The cause of a failed attempt, and the cure.
[[nodiscard]] model::Finding finding_of(const RemoteAttempt& attempt,
                                        const LibGitError& error,
                                        const std::string& subject);

[[nodiscard]] bool is_network_at_fault(const RemoteAttempt& attempt, const LibGitError& error);

// The same for a session that was opened only to see whether it works.
[[nodiscard]] model::Finding finding_of_ssh(const SshError& error,
                                            const SshSettings& settings,
                                            const std::string& subject);

}  // namespace envkeep::git

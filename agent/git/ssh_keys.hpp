// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/git/ssh_session.hpp"
#include "git/ssh_agent.hpp"

#include <optional>
#include <string>
#include <vector>

namespace envkeep::git {

// A key that can be offered to a server: an agent signs with it, or we do.
struct OfferedKey {
    std::string name;          // "~/.ssh/id_rsa", "agent: me@laptop"
    std::string blob;          // public, in wire format; empty where only libssh2 can tell: PEM
    std::string private_text;  // of a file; empty: the agent's
    std::string certificate;   // its bytes, shown instead of the key's; empty: none

    // "~/.ssh/id_rsa SHA256:... (ssh-rsa)"
    [[nodiscard]] std::string text() const;
};

struct KeyRing {
    std::vector<OfferedKey> keys;  // in ssh's order
    // What is not offered and why, and what ssh itself would not like.
    std::vector<std::string> notes;
    std::vector<std::string> open_files;  // private keys that others may read, absolute
    bool has_encrypted = false;
    bool has_unreadable = false;
};

// Why no key can be offered to this user of a host, without evidence; none where one can.
[[nodiscard]] std::optional<SshError> nothing_to_offer(const KeyRing& ring, const std::string& who);

// In ssh's order: keys of the agent that are also named as files, other keys of the agent (not with
// IdentitiesOnly), files.
[[nodiscard]] KeyRing gather_keys(const SshSettings& settings,
                                  const SshSources& sources,
                                  const std::vector<AgentKey>& agent_keys);

// The path with the home as "~", printable.
[[nodiscard]] std::string shown_path(const std::string& absolute, const std::string& home);

}  // namespace envkeep::git

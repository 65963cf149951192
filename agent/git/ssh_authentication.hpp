// SPDX-License-Identifier: MIT
#pragma once

#include "git/ssh_keys.hpp"
#include "git/ssh_link.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::git {

// Proves to a server, whose key has been checked, who we are.
class Authentication {
  public:
    Authentication(const SshTarget& target, const SshSources& sources)
        : target_(target), sources_(sources) {}

    // The name of the key that was accepted.
    [[nodiscard]] SshResult<std::string> run(SshLink& link);

    // The server takes no RSA keys, and libssh2 cannot go on in that session: run again with a new
    // one, which offers none.
    [[nodiscard]] bool needs_new_session() const { return takes_no_rsa_ && !is_without_rsa_; }

  private:
    [[nodiscard]] KeyRing gather();
    [[nodiscard]] SshResult<bool> try_key(SshLink& link, const OfferedKey& key);
    [[nodiscard]] SshResult<long> offer(SshLink& link, const OfferedKey& key, bool is_probe);
    [[nodiscard]] SshResult<bool> is_open_to_all(SshLink& link);
    [[nodiscard]] SshError refused(const SshLink& link, const KeyRing& ring) const;
    [[nodiscard]] SshError ended(SshError error, const KeyRing& ring) const;
    void add_evidence(SshError& error, const KeyRing& ring) const;

    const SshTarget& target_;
    const SshSources& sources_;
    std::optional<SshAgent> agent_;
    std::string methods_;               // that the server accepts
    std::vector<std::string> offered_;  // with what became of each
    bool has_sha1_only_ = false;
    bool takes_no_rsa_ = false;
    bool is_without_rsa_ = false;
};

}  // namespace envkeep::git

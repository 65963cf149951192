// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::git {

struct HostKey {
    std::string type;  // "ssh-ed25519"
    std::string blob;  // the bytes of its wire format (RFC 4253 6.6), not base64

    friend bool operator==(const HostKey&, const HostKey&) = default;
};

// "SHA256:" and base64 without padding, as ssh-keygen -l prints it.
[[nodiscard]] std::string fingerprint(std::string_view key_blob);

enum class HostKeyVerdict {
    known,
    unknown,  // no key of this host is known
    changed,  // other keys of this host are known
    revoked,
};

struct HostKeyAnswer {
    HostKeyVerdict verdict = HostKeyVerdict::unknown;
    // What decided: "~/.ssh/known_hosts:3", "manifest.yaml: known_hosts", "built in".
    std::string source;
    // Of `changed`: the keys that were expected, "ssh-ed25519 SHA256:... (~/.ssh/known_hosts:3)".
    std::vector<std::string> expected;
    // What the files say of this host and is not supported: "@cert-authority
    // (~/.ssh/known_hosts:1)".
    std::vector<std::string> unsupported;
};

// The keys that are known of hosts, from known_hosts(5) files, from the manifest, and the published
// ones of the big four, which are built in.
class KnownHosts {
  public:
    // Lines in the format of known_hosts(5), hashed names too. What cannot be read is skipped, as
    // ssh does. `name` is what evidence calls the file.
    void add(std::string_view text, const std::string& name);
    void add_published();  // github.com, gitlab.com, bitbucket.org, codeberg.org

    // As ssh does: any other key of the host makes it `changed`, of whatever type; what is known of
    // port 22 also counts for another port of which nothing is known. A HostKeyAlias stands for
    // host and port: give it as `host`, and 22.
    [[nodiscard]] HostKeyAnswer check(const std::string& host,
                                      std::uint16_t port,
                                      const HostKey& key) const;

    // The types of the keys known of a host, in the files' order: to be asked for first, since the
    // server shows only one.
    [[nodiscard]] std::vector<std::string> types_of(const std::string& host,
                                                    std::uint16_t port) const;

  private:
    [[nodiscard]] HostKeyAnswer check_name(const std::string& name, const HostKey& key) const;

    struct Line {
        std::string source;
        std::string marker;  // "@revoked", "@cert-authority", or empty
        std::string names;
        HostKey key;
    };

    std::vector<Line> lines_;
};

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::git {

// The algorithms that we use, best first. None with SHA-1, and of the ciphers those first that
// processors have instructions for.
struct Algorithms {
    static constexpr std::string_view key_exchange =
        "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
        "ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha256,"
        "diffie-hellman-group16-sha512,diffie-hellman-group18-sha512";
    static constexpr std::string_view host_key =
        "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,"
        "rsa-sha2-256";
    static constexpr std::string_view cipher =
        "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes128-ctr,"
        "aes192-ctr,aes256-ctr";
    static constexpr std::string_view mac =
        "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512";
};

// Algorithms::host_key with those for keys of these types ("ssh-rsa") first.
[[nodiscard]] std::string host_key_algorithms(const std::vector<std::string>& types);

// What a server sent in the clear, as it came.
struct ServerGreeting {
    std::string first_line;  // printable; empty: nothing came
    bool is_ssh = false;
    bool is_full = false;  // OpenSSH's words for more connections than it takes at once
    // A kind of algorithm for which none of the server's is ours: "key exchange: it offers only
    // diffie-hellman-group1-sha1".
    std::optional<std::string> nothing_common;
};

[[nodiscard]] ServerGreeting read_greeting(std::string_view bytes);

}  // namespace envkeep::git

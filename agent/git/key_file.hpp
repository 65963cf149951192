// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace envkeep::git {

struct PublicKey {
    std::string blob;  // wire format; of a certificate too
    std::string comment;
};

// A line of a .pub file.
[[nodiscard]] std::optional<PublicKey> read_public_key(std::string_view text);

enum class KeyFileKind {
    open,       // a private key that needs no passphrase
    encrypted,  // one that does
    public_key,
    putty,
    unknown,
};

struct KeyFile {
    KeyFileKind kind = KeyFileKind::unknown;
    std::string public_blob;  // empty where only the passphrase would show it
};

// What an identity file holds: OpenSSH's own format, PEM, or something else.
[[nodiscard]] KeyFile look_at_key_file(std::string_view text);

// Whether a certificate was made for the key of these bytes.
[[nodiscard]] bool is_certificate_of(std::string_view certificate_blob, std::string_view key_blob);

}  // namespace envkeep::git

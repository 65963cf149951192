// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

// What must not be shown to others, told by how it is written: a guess that errs on the safe side.
namespace envkeep {

// Of a variable, an option, a key: "HF_TOKEN", "--ServerApp.password", "accessKey".
[[nodiscard]] bool is_secret_name(std::string_view name);

// The text with *** in place of users and passwords in URLs, values of secret names, and keys that
// begin as those of well-known services do.
[[nodiscard]] std::string masked(std::string_view text);

// Whether the user of a http(s) URL reads as a token: one of a known service, or 20 or more letters
// and digits.
[[nodiscard]] bool is_token_as_user(std::string_view user);

// OpenSSH, SSH2, PEM (PKCS#1, PKCS#8, SEC1), PGP and PuTTY private keys, by the first bytes of the
// file; other text may stand before the key. Programs that only name the line which begins one are
// none.
[[nodiscard]] bool is_private_key(std::string_view head);

}  // namespace envkeep

// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace envkeep::git {

// The public key of a private one in PEM, as ssh has it; empty for what cannot be read, needs a
// passphrase, or is of a kind that ssh does not know.
[[nodiscard]] std::string public_key_of_pem(std::string_view text);

}  // namespace envkeep::git

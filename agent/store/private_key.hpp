// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace envkeep::store {

// Whether a file that begins so is a private key that no passphrase protects: OpenSSH, PEM and
// PuTTY formats.
[[nodiscard]] bool is_open_private_key(std::string_view head);

}  // namespace envkeep::store

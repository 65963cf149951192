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

}  // namespace envkeep

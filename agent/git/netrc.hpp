// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace envkeep::git {

struct NetrcEntry {
    std::string login;
    std::string password;
};

// What a .netrc says of a machine, or of all that it does not name. `login`: only that user's entry
// counts; empty: any.
[[nodiscard]] std::optional<NetrcEntry> find_in_netrc(std::string_view text,
                                                      const std::string& machine,
                                                      const std::string& login);

}  // namespace envkeep::git

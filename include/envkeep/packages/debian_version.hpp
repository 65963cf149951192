// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <string_view>

namespace envkeep::packages {

// As dpkg orders versions: "1:1.0~rc1" is older than "1:1.0", "2.0-1" newer than "2.0".
[[nodiscard]] std::strong_ordering compare_debian_versions(std::string_view one,
                                                           std::string_view other);

}  // namespace envkeep::packages

// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace envkeep {

// Of this program: "0.1.0".
[[nodiscard]] std::string_view version();

// The version that a file of envkeep's program bears, found by a mark in its bytes without running
// it; nothing if there is none.
[[nodiscard]] std::optional<std::string> version_in_program(std::string_view program);

// By number: 0.9.0 is before 0.10.0. What is no number counts as 0.
[[nodiscard]] std::strong_ordering compare_versions(std::string_view one, std::string_view other);

}  // namespace envkeep

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <functional>
#include <string>
#include <string_view>

// Looks into large JSON texts without building them: conda's can be megabytes of file names.
namespace envkeep::packages {

// Calls `member` with the name (unescaped) and the untouched text of the value for each member of
// the object, until it says false. Fails (io) where the text is no object up to there, or nests
// deeper than 200 levels; what lies inside a value is checked no further than for its end.
[[nodiscard]] Result<void> scan_members(
    std::string_view text,
    const std::function<bool(const std::string& name, std::string_view value)>& member);

// Calls `element` for each element of an array, likewise.
[[nodiscard]] Result<void> scan_elements(
    std::string_view text, const std::function<bool(std::string_view value)>& element);

// The text of a JSON string; empty for any other value.
[[nodiscard]] std::string string_of(std::string_view value);

}  // namespace envkeep::packages

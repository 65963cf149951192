// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/manifest/manifest.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace envkeep::keep {

// Names and values that `env:` asks for, given what is set now: what is there already is not added
// twice.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> make_exports(
    const manifest::Manifest& evaluated,
    const std::function<std::optional<std::string>(std::string_view)>& variable);

// Lines for a POSIX shell: export NAME='...'. Safe to eval whatever the values hold.
[[nodiscard]] std::string exports_text(
    const std::vector<std::pair<std::string, std::string>>& exports);

// The text itself if it is one that exports_text gives, else nothing: half a line of it would end a
// shell that evaluates it.
[[nodiscard]] std::string whole_exports(std::string text);

}  // namespace envkeep::keep

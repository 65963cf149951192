// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <string>
#include <string_view>

// Which paths a manifest may hold. All refusals are invalid_manifest, with the cure as hint. Paths
// may still hold variables; what these bring in is checked again once they are expanded.
namespace envkeep::manifest {

// The one form of a path: "~/x", "./x" and "x/" are "x"; "/a//b/." is "/a/b"; the home is "".
// Refuses an empty path, `..`, NUL, `~user`, names and paths longer than Linux takes.
[[nodiscard]] Result<std::string> normal_path(std::string_view path);

// The same for a path as it is written: "$HOME/x" is "x" too, and its variables must be sound.
[[nodiscard]] Result<std::string> written_path(std::string_view path);

// What may be kept: neither the home nor the file system as a whole, nothing of envkeep's own.
// `normal` must be the normal form; `*`, `?` and `[...]` are taken for a pattern.
[[nodiscard]] Result<void> check_keep_path(std::string_view normal);

// The same for a place that is no pattern.
[[nodiscard]] Result<void> check_place(std::string_view normal);

// The same for a pattern of `modes:`, which may hold `**`.
[[nodiscard]] Result<void> check_mode_pattern(std::string_view normal);

// Relative to the store's envkeep folder, or absolute.
[[nodiscard]] Result<void> check_store_side(std::string_view normal);

// What stays out of a folder: a pattern relative to it.
[[nodiscard]] Result<void> check_exclusion(std::string_view pattern);

[[nodiscard]] bool is_pattern(std::string_view path);

}  // namespace envkeep::manifest

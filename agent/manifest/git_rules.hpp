// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <string_view>

namespace envkeep::manifest {

// What read_git_url takes.
[[nodiscard]] Result<void> check_git_url(std::string_view url);

// A name that git takes for a branch or tag.
[[nodiscard]] Result<void> check_ref_name(std::string_view name);

// 7 to 40 hexadecimal digits, or 64 of them.
[[nodiscard]] Result<void> check_commit(std::string_view text);

// A line of known_hosts(5) that names a key: hosts, type, base64. Markers are refused: a host whose
// key is to be trusted has none.
[[nodiscard]] Result<void> check_known_host(std::string_view line);

// The name of a variable, not a token itself: messages never hold what was written.
[[nodiscard]] Result<void> check_token_variable(std::string_view name);

// A folder or file inside a repository: relative, without `..`.
[[nodiscard]] Result<void> check_repository_path(std::string_view path);

}  // namespace envkeep::manifest

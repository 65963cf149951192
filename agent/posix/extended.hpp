// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/tree_content.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Extended attributes, of those that a copy or a snapshot carries: user.*, access lists,
// security.capability.
namespace envkeep::posix {

// With an access list the group bits of the mode are its mask, not the group's rights.
inline constexpr std::string_view access_list = "system.posix_acl_access";

// Of a folder: what is made in it gets that one. False where it cannot be asked.
inline constexpr const char* default_list = "system.posix_acl_default";
[[nodiscard]] bool has_default_list(int folder);

[[nodiscard]] bool is_carried(std::string_view name);

// All names of an open file or folder, each ended by NUL. Nothing on failure, with errno set.
[[nodiscard]] std::optional<std::string> extended_names(int descriptor);

// Sorted by name; none where the file system has no place for them. Nothing on failure, with errno
// set. One call where there are none, else two more for each.
[[nodiscard]] std::optional<std::vector<system::ExtendedAttribute>> read_extended(int descriptor);

// The disk is full or fails: another try may bring it over, and it is not for us to give it up.
[[nodiscard]] bool means_no_copy(int code);

}  // namespace envkeep::posix

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/rel_path.hpp"
#include "envkeep/core/result.hpp"
#include "envkeep/system/files.hpp"

#include <string_view>
#include <vector>

// Patterns of paths: `*`, `?` and `[...]` inside a component, `**` for any number of folders; a
// backslash takes the next character as it is. No link is followed.
namespace envkeep::keep {

// A name that begins with a dot: must the pattern begin with one too, as in a shell?
enum class HiddenNames { need_a_dot, like_others };

[[nodiscard]] bool is_pattern(std::string_view text);

// One component against one name.
[[nodiscard]] bool name_matches(std::string_view pattern, std::string_view name);

// What stands below `base` and matches, sorted; nothing where `base` is missing or no folder.
[[nodiscard]] Result<std::vector<RelPath>> expand_pattern(const RelPath& pattern,
                                                          const system::Place& base,
                                                          HiddenNames hidden,
                                                          system::FileReader& files);

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/rel_path.hpp"
#include "envkeep/manifest/manifest.hpp"

#include <string_view>
#include <vector>

// Where keys, tokens and passwords are known to lie.
namespace envkeep::keep {

// By a home path, or by the last name of one.
[[nodiscard]] manifest::Preset well_known_preset(std::string_view below_home);

// Of one name, wherever it stands: `.ssh`, `kaggle.json`.
[[nodiscard]] manifest::Preset preset_of_name(std::string_view name);

// The known home paths below this one, relative to it. Allocates nothing where there are none.
[[nodiscard]] std::vector<RelPath> well_known_below(std::string_view below_home);

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/wanted.hpp"
#include "keep/resolve_places.hpp"

namespace envkeep::keep {

// The preset that a keep has: as given, else by its name (`.ssh` -> ssh, `.netrc` -> secrets).
[[nodiscard]] manifest::Preset preset_of(const manifest::Keep& keep, const NamedPath& path);

// A copy instead of a link for what has a preset, on a store that does not honour modes.
[[nodiscard]] Form form_of(Form asked, manifest::Preset preset, bool modes_honoured);

}  // namespace envkeep::keep

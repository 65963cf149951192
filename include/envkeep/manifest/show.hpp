// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/manifest/manifest.hpp"

#include <string>
#include <string_view>

namespace envkeep::manifest {

// The manifest as YAML that `read` takes back to the same values. Of what `evaluate` gave, give it
// `written_out`: paths are read with their variables.
[[nodiscard]] std::string show(const Manifest& manifest);

// The JSON Schema (draft 2020-12) of a manifest, as published for editors.
[[nodiscard]] std::string_view schema();

}  // namespace envkeep::manifest

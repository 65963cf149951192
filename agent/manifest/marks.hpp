// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/manifest/manifest.hpp"

namespace envkeep::manifest {

// The same values, wherever they stood.
[[nodiscard]] Manifest without_marks(Manifest manifest);

}  // namespace envkeep::manifest

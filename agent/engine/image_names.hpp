// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/machine.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

// What `when: {image: ...}` is compared with: ENVKEEP_IMAGE, whose setter knows best; else what the
// image says of its system, "debian-12" and "Debian GNU/Linux 12 (bookworm)".
[[nodiscard]] std::vector<std::string> image_names(const system::Machine& machine);

}  // namespace envkeep::engine

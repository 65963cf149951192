// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"

#include <string>

namespace envkeep::engine {

// Refuses, before anything is edited, a path that names nothing anywhere, and the home itself. Of
// the session only home, store and manifest count; the store may not have been made yet.
[[nodiscard]] Result<void> check_path(const World& world,
                                      const Session& session,
                                      const std::string& typed);

}  // namespace envkeep::engine

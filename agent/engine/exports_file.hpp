// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"

#include <string>

namespace envkeep::engine {

// The export lines of the last good start, kept in the store; empty if there are
// none, or not all of what was written.
[[nodiscard]] std::string last_good_exports(const World& world, const store::Store& store);

// Keeps these for a start whose manifest cannot be read; written only if they differ.
[[nodiscard]] Result<void> keep_exports(const World& world,
                                        const store::Store& store,
                                        const std::string& exports);

// Export lines of the session's manifest for this process's environment.
[[nodiscard]] std::string exports_of(const World& world, const Session& session);

}  // namespace envkeep::engine

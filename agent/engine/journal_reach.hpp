// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/keep/reach.hpp"

namespace envkeep::engine {

// What this session has to do with: its home, its store, and what the manifest in force names.
[[nodiscard]] keep::Reach journal_reach(const World& world, const Session& session);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/keep/reach.hpp"

namespace envkeep::engine {

// What this session has to do with: its home, its store, and what the manifest in force names.
[[nodiscard]] keep::Reach journal_reach(const World& world, const Session& session);

// The same for one run, with what the manifest named before it, and, where that is not all, before
// any other run. By the texts that runs kept, each only if nobody but those who may write the
// manifest may have written it. A run that named the store by another path is spelled as here.
[[nodiscard]] keep::Reach reach_of(const World& world,
                                   const Session& session,
                                   store::RunRecord& run);

// What the manifest named before a run, for that of several.
void add_manifests_before(const World& world,
                          const Session& session,
                          const store::RunRecord& run,
                          keep::Reach& reach);

}  // namespace envkeep::engine

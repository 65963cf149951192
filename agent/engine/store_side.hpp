// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/store/journal.hpp"

#include <string>

namespace envkeep::engine {

// Only what lies in our own part of the store moves; what `to:` named elsewhere is the user's
// place.
[[nodiscard]] bool is_in_our_store(const Session& session, const keep::WantedKeep& keep);

// Moves what the store holds of a keep to backups/released/RUN/, journaled, and gives that place.
// Of a packed keep all but what has a place of its own below it.
[[nodiscard]] Result<std::string> put_store_side_away(const World& world,
                                                      const Session& session,
                                                      const keep::WantedKeep& keep,
                                                      store::Journal& journal);

}  // namespace envkeep::engine

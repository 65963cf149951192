// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/store/journal.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

// Only what lies in our own part of the store moves; what `to:` named elsewhere is the user's
// place.
[[nodiscard]] bool is_in_our_store(const Session& session, const keep::WantedKeep& keep);

// Whether a path is of that keep, whose own is `root`: neither left out, nor a place of its own.
[[nodiscard]] bool has_part(const keep::WantedKeep& keep,
                            const std::string& root,
                            const std::string& path);

// Another keep that has its source there too, in it, or around it; none if there is none. What is
// of the same place is no other.
[[nodiscard]] const keep::WantedKeep* other_with_source(
    const keep::WantedKeep& keep, const std::vector<keep::WantedKeep>& others);

// That the store's side stays where it is for that: a line for each.
[[nodiscard]] model::Finding store_side_shared(std::vector<std::string> evidence);

// Moves what the store holds of a keep to backups/released/RUN/, journaled, and gives that place.
// Of a packed keep all but what has a place of its own below it.
[[nodiscard]] Result<std::string> put_store_side_away(const World& world,
                                                      const Session& session,
                                                      const keep::WantedKeep& keep,
                                                      store::Journal& journal);

}  // namespace envkeep::engine

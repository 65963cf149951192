// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"

namespace envkeep::engine {

// What was measured on another mount than the one that is there now is forgotten.
void forget_other_mount(const World& world, Session& session);

// A store that took no write when it was measured last is planned for as one that can only be read.
void heed_probe(Session& session);

[[nodiscard]] bool is_mounted_read_only(const store::Store& store);

// A finding that the store can only be read, first of its evidence why: where it is full it says
// so, how much is free, and what makes room.
void say_if_full(const World& world, const store::Store& store, model::Finding& finding);

// For whoever is about to write: measures the store where nothing is known of it, or where it took
// no write when it was measured last. What was measured goes into `session.state`, made if it was
// missing. False if nothing was measured.
bool measure_store(const World& world, Session& session);

// The state of this container; made (not yet written) if there is none.
[[nodiscard]] store::SessionState& state_of(Session& session);

// Writes the session's state to the home, together with what other processes of this container (the
// background process, a second terminal) have written there meanwhile.
[[nodiscard]] Result<void> commit_state(const World& world, Session& session);

// What other processes of this session wrote since the state was read here. Under the claim: what
// is looked at by then has to be compared with what they left.
void take_in_what_was_noted(const World& world, Session& session);

// Written before the first change, so that the next run cleans up if this one is killed.
[[nodiscard]] Result<void> note_changing(const World& world, Session& session);

// `init` says that this store is meant: what this container remembers of another one goes.
[[nodiscard]] Result<void> forget_other_store(const World& world,
                                              const std::string& home_path,
                                              const store::Store& store);

// X.Y of the default kernel's interpreter if an entry of the manifest asks for it; else empty.
[[nodiscard]] std::string python_of(const World& world, const Session& session);

// As measured in this container; before that, as the store's own 0700 folder shows without writing.
[[nodiscard]] bool are_modes_honoured(const World& world, const Session& session);

}  // namespace envkeep::engine

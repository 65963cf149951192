// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"

#include <optional>
#include <string>

// A home whose disk is full must not cost the session what it saves to the store.
namespace envkeep::engine {

// store::save_state, for which some room is set apart while there is plenty: `spare` in the folder
// of the state, given up where the disk is full and taken anew afterwards. no_space where that does
// not do.
[[nodiscard]] Result<void> save_state_in_full_home(const World& world,
                                                   system::RootId home,
                                                   const store::SessionState& state);

// The home has no room left for what envkeep remembers.
[[nodiscard]] std::optional<model::Finding> full_home(const World& world, const Session& session);

// A save that is in the store, and which the home could not be told of.
[[nodiscard]] model::Finding not_remembered(const Session& session, const Error& error);

}  // namespace envkeep::engine

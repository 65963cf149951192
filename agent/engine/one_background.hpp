// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"

#include <optional>
#include <string>
#include <vector>

// A home has one background process in a container: the one that `background.json` names, as long
// as it lives. Starts at the same moment agree by a lock on the container's own disk, which nobody
// waits for without an end; where there are none, the first to have written it is found by the
// others at their next look.
namespace envkeep::engine {

// The one that lives, this process too. `session.json` is asked too: an older program wrote no
// other.
[[nodiscard]] std::optional<system::ProcessId> live_background(const World& world,
                                                               const Session& session);

// Makes this process the one unless another lives. False if it is not the one.
[[nodiscard]] bool claim_background(const World& world, const Session& session);

// For the background, once in a while: true while this process is the one. Where somebody removed
// the folder of the state it is said anew, with the lease. False if another one is.
[[nodiscard]] bool is_background_still(const World& world,
                                       const Options& options,
                                       const std::string& lease);

// All that live in this container for this home, this process aside: those too of which only the
// store knows, by their leases. Whatever is said of it, a process of another program is none.
[[nodiscard]] std::vector<system::ProcessId> all_backgrounds(const World& world,
                                                             const Session& session);

}  // namespace envkeep::engine

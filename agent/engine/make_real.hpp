// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/store/journal.hpp"
#include "envkeep/store/lease.hpp"

namespace envkeep::engine {

// A journal, and the claim under which it is written.
struct UnderClaim {
    store::Journal& journal;
    store::ChangesClaim& claim;
};

// Turns a place that is our link into a verified copy of what it leads to, under the same name: the
// copy is made aside first, so that the place is complete at every moment but that of two renames.
// Journaled, and the claim is renewed meanwhile. no_space (nothing changed) if the copy would not
// fit; conflict if the place is not our link any more.
[[nodiscard]] Result<void> make_real(const World& world,
                                     const keep::WantedKeep& keep,
                                     const UnderClaim& under);

// True if the place is a link to the keep's source, as restore would have made it.
[[nodiscard]] bool is_our_link(const World& world, const keep::WantedKeep& keep);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"

namespace envkeep::engine {

// Notes in the rows of linked keeps that hold Python packages what importing from this store costs,
// where the probe found it to be much. Looks at a few names, and only then.
void note_import_price(const World& world,
                       const Session& session,
                       const keep::Wanted& wanted,
                       model::Plan& plan);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/store/backups.hpp"

#include <functional>
#include <string>
#include <vector>

namespace envkeep::engine {

// Backups of what went aside in that run. The changes are made by then: whatever goes wrong is told
// and leaves those things only here. `is_claimed` as BackupRules has it.
[[nodiscard]] store::BackupReport back_up_asides(const World& world,
                                                 const Session& session,
                                                 const std::string& run,
                                                 const std::vector<store::Aside>& asides,
                                                 const std::function<bool()>& is_claimed);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/store/backups.hpp"

#include <functional>
#include <string>
#include <vector>

namespace envkeep::engine {

// As BackupRules has them.
struct ClaimOfARun {
    std::function<bool()> is_claimed;
    std::function<void()> renew;
};

// Backups of what went aside in that run. The changes are made by then: whatever goes wrong is told
// and leaves those things only here.
[[nodiscard]] store::BackupReport back_up_asides(const World& world,
                                                 const Session& session,
                                                 const std::string& run,
                                                 const std::vector<store::Aside>& asides,
                                                 const ClaimOfARun& claim);

}  // namespace envkeep::engine

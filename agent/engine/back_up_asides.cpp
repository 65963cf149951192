// SPDX-License-Identifier: MIT
#include "engine/back_up_asides.hpp"

#include <algorithm>
#include <iterator>

namespace envkeep::engine {

store::BackupReport back_up_asides(const World& world,
                                   const Session& session,
                                   const std::string& run,
                                   const std::vector<store::Aside>& asides,
                                   const ClaimOfARun& claim) {
    store::BackupReport report;
    if (!session.store.is_read_only) {
        Result<store::BackupReport> made =
            store::back_up(session.store,
                           run,
                           asides,
                           {.home = session.home,
                            .limit_percent = session.manifest.backup_limit_percent,
                            .is_claimed = claim.is_claimed,
                            .renew = claim.renew},
                           world.files,
                           *world.writer);
        if (made) {
            return *std::move(made);
        }
        report.problems.push_back(std::move(made).error().message);
    }
    std::ranges::transform(asides, std::back_inserter(report.only_here), &store::Aside::original);
    return report;
}

}  // namespace envkeep::engine

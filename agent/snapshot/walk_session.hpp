// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/capture.hpp"

#include <string>
#include <unordered_set>
#include <vector>

namespace envkeep::snapshot {

struct SeenPath {
    std::string path;
    system::Status status;
};

// What a walk of the scope's roots met.
struct SessionWalk {
    std::vector<SeenPath> changed;    // since the session began, sorted
    std::vector<LeftOut> left_out;    // changed too, and no part of a layer; sorted
    std::vector<std::string> unseen;  // what could not be looked at, with all that is below it
    std::vector<Error> errors;        // why
};

[[nodiscard]] Result<SessionWalk> walk_session(const Scope& scope,
                                               WallTime session_began,
                                               const Roots& roots,
                                               const CaptureTools& tools);

}  // namespace envkeep::snapshot

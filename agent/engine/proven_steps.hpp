// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/unpack.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <vector>

namespace envkeep::engine {

struct ProvenSteps {
    std::vector<snapshot::LayerStep> steps;
    std::vector<snapshot::UnpackReport::Failed> failed;  // what is not among the steps any more
    bool is_whole = true;  // false if it was told not to go on: nothing is proven then
};

using Rehearse = std::function<snapshot::UnpackReport(const std::vector<snapshot::LayerStep>&)>;

// Of the groups for which something here has to make room, the steps that will not fail for what
// the store lacks: of a package all or none. Those of other groups stay as they are.
[[nodiscard]] ProvenSteps proven_steps(const snapshot::Layer& layer,
                                       std::vector<snapshot::LayerStep> steps,
                                       const std::set<std::uint32_t>& groups,
                                       const Rehearse& rehearse);

}  // namespace envkeep::engine

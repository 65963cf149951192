// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/plan.hpp"

#include <functional>
#include <string>
#include <vector>

// Plans as short lines, to compare whole ones at a glance.
namespace envkeep::keep::testing {

// Each step ("seed /root/.x -> /storage/envkeep/home/.x"), then each conflict ("conflict: why").
[[nodiscard]] std::vector<std::string> lines_of(
    const model::Plan& plan, const std::function<std::string(const system::Place&)>& absolute);

[[nodiscard]] std::string line_of(const model::Action& action,
                                  const std::function<std::string(const system::Place&)>& absolute);

}  // namespace envkeep::keep::testing

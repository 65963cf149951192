// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/observe.hpp"
#include "envkeep/keep/wanted.hpp"
#include "envkeep/model/plan.hpp"

#include <functional>
#include <map>
#include <string>

namespace envkeep::keep {

enum class Take { home, store };

struct PlanContext {
    std::function<std::string(const system::Place&)> absolute;  // pure: paths as text
    std::map<std::string, Take> take;  // `restore --take home|store PATH`: absolute path -> side
    bool store_is_read_only = false;   // then nothing is seeded: said as a finding
};

// The table of docs/conflicts.md as a pure function: same input, same plan.
[[nodiscard]] model::Plan make_plan(const Wanted& wanted,
                                    const Observation& observation,
                                    const PlanContext& context);

}  // namespace envkeep::keep

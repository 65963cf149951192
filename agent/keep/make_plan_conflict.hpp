// SPDX-License-Identifier: MIT
#pragma once

#include "keep/make_plan_rules.hpp"

// What is said where only the user can decide: the reason, and the commands that lead on.
namespace envkeep::keep {

[[nodiscard]] model::Conflict obstacle_conflict(const Case& one);

// Home and store differ: either side can be taken.
[[nodiscard]] model::Conflict choice_conflict(const Case& one, std::string reason);

// `other` brings something to its source, or into it, in this very run.
[[nodiscard]] model::Conflict source_conflict(const Case& one, const std::string& other);

// Something must move by hand first.
[[nodiscard]] model::Conflict move_conflict(const Case& one,
                                            std::string reason,
                                            const std::string& in_the_way);

[[nodiscard]] model::Finding conflict_finding(const model::Conflict& conflict);

}  // namespace envkeep::keep

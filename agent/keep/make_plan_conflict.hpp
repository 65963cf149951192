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

// What a plan says of several keeps at once: nothing where there are none.
struct KeepsToTell {
    std::vector<std::string> waiting;       // for a store that can be written, with the reason
    std::vector<std::string> mount_points;  // that stay as they are
    std::vector<std::string> leading_out;   // of the store, by a link in it
};

void add_findings(KeepsToTell keeps, std::vector<model::Finding>& findings);

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "envkeep/core/result.hpp"
#include "envkeep/model/plan.hpp"
#include "envkeep/store/journal.hpp"
#include "envkeep/system/files.hpp"

namespace envkeep::keep {

// One change to take back, newest first, or why it cannot be.
struct UndoStep {
    store::Change change;
    std::string what;      // "put back '/root/.ssh'"
    std::string conflict;  // empty if it can be done: else what stands there now
};

struct UndoPlan {
    store::RunRecord run;
    std::vector<UndoStep> steps;
};

// A later change at the same place makes that step a conflict; the others can go on.
[[nodiscard]] Result<UndoPlan> plan_undo(const store::RunRecord& run, system::FileReader& files);

[[nodiscard]] model::Outcome apply_undo(const UndoPlan& plan,
                                        store::Journal& journal,
                                        system::FileReader& files,
                                        system::FileWriter& writer);

// What runs that were killed left behind: temporary names and half copies that we made ourselves. What
// they moved aside stays where it is and is told. Only runs whose process is dead, of this container or
// on the store.
[[nodiscard]] Result<std::vector<model::Finding>> clean_up_after_kills(
    const std::vector<store::RunRecord>& runs,
    const system::Machine& machine,
    system::FileReader& files,
    system::FileWriter& writer);

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/keep/reach.hpp"
#include "envkeep/model/plan.hpp"
#include "envkeep/store/backups.hpp"
#include "envkeep/store/journal.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/machine.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace envkeep::keep {

// One change to take back, newest first, or why it cannot be.
struct UndoStep {
    store::Change change;
    std::string what;      // "put back '/root/.ssh'"
    std::string conflict;  // empty if it can be done: else what stands there now
    bool is_rest = false;  // of a folder that a killed run moved in part
};

struct UndoPlan {
    store::RunRecord run;
    std::vector<UndoStep> steps;
    std::size_t not_here = 0;  // changes in a home that is gone with its container
    std::vector<store::Change> modes_that_stay;  // others could do more by the earlier ones
    Reach reach;
};

// A later change at the same place makes that step a conflict, and so does a place out of reach;
// the others can go on. What is undone already is no step. `others` are sessions that may have
// links into the store: what the run put there then stays.
[[nodiscard]] UndoPlan plan_undo(const store::RunRecord& run,
                                 const Reach& reach,
                                 system::FileReader& files,
                                 const std::vector<std::string>& others = {});

// Whether taking it back takes something of the store away.
[[nodiscard]] bool brought_to_store(const store::Change& change);

// Looks again at each place first. What has to make room goes aside itself, journaled: an undoing
// can be undone. `Outcome::steps` are those of the undo plan; one fails if `before_each` does.
[[nodiscard]] model::Outcome apply_undo(const UndoPlan& plan,
                                        store::Journal& journal,
                                        system::FileReader& files,
                                        system::FileWriter& writer,
                                        const std::function<Result<void>()>& before_each = {});

// What a run that was cut short moved aside in the home, and what is not held by what took its
// place: nobody has made a backup of it since.
[[nodiscard]] std::vector<store::Aside> asides_of(const store::RunRecord& run,
                                                  const Reach& reach,
                                                  system::FileReader& files);

// What runs that were killed left behind: temporary names and half copies that we made ourselves.
// What they moved aside stays where it is and is told, and so is what may be somebody's. Only runs
// whose process is dead: of this container, or `is_dead_elsewhere` (by its lease, for one), and
// then only what they left in the store. What is out of reach is told, and left alone.
[[nodiscard]] Result<std::vector<model::Finding>> clean_up_after_kills(
    const std::vector<store::RunRecord>& runs,
    const Reach& reach,
    const system::Machine& machine,
    system::FileReader& files,
    system::FileWriter& writer,
    const std::function<bool(const store::Run&)>& is_dead_elsewhere = {});

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/keep/merge.hpp"
#include "envkeep/keep/wanted.hpp"
#include "envkeep/model/plan.hpp"
#include "envkeep/store/session_state.hpp"
#include "envkeep/system/files.hpp"

#include <optional>
#include <string>
#include <vector>

// The way back, home -> store: copies that changed, links that a tool's rename turned into real
// files or folders, names that appeared where the children of a folder or what a pattern finds are
// kept. Never changes a place in the home.
namespace envkeep::keep {

// What changed here, or may have, and is not in the store.
struct Unsaved {
    std::string subject;  // "~/.history"
    std::string reason;
    std::string cure;  // may be empty
};

struct SavePlan {
    std::vector<model::Step> steps;  // Seed and CopyBack
    std::vector<model::Finding> findings;
    std::vector<Unsaved> unsaved;                // no step brings it: each has a finding
    std::vector<store::RestoredFile> unchanged;  // records that hold, some brought up to date
    // For each step the record that holds on if the step is not done.
    std::vector<std::optional<store::RestoredFile>> before;
    // For each step that brings what was united: the record once it is done, but for its store
    // side.
    std::vector<std::optional<store::RestoredFile>> after;
};

struct SaveContext {
    const store::SessionState& state;
    const std::string& session;  // names the versions that are kept beside the store's
    WallTime container_start{};
    Merger* merger = nullptr;  // without it what is to be merged is a copy as any other
};

// Readers only, but for what the merger prepares. Costs one stat a file where nothing changed. A
// file that is being written meanwhile is left for the next time, and told.
[[nodiscard]] Result<SavePlan> plan_save(const Wanted& wanted,
                                         const SaveContext& context,
                                         system::FileReader& files);

// What SessionState::files is once the steps of the plan were carried out with that outcome.
[[nodiscard]] std::vector<store::RestoredFile> records_after(const SavePlan& plan,
                                                             const model::Outcome& outcome,
                                                             system::FileReader& files);

}  // namespace envkeep::keep

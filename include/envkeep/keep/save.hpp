// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "envkeep/core/result.hpp"
#include "envkeep/keep/wanted.hpp"
#include "envkeep/model/plan.hpp"
#include "envkeep/store/session_state.hpp"
#include "envkeep/system/files.hpp"

// The way back, home -> store: copies that changed, links that a tool's rename turned into real files,
// names that appeared in folders whose children are kept. Never changes a place in the home.
namespace envkeep::keep {

struct SavePlan {
    std::vector<model::Step> steps;  // Seed and CopyBack
    std::vector<model::Finding> findings;
    // Store side changed meanwhile: the home's version goes beside it, under this name.
    std::vector<std::string> kept_both;
    std::vector<store::RestoredFile> unchanged;  // records that still hold
};

// Readers only. Costs one stat a file where nothing changed.
[[nodiscard]] Result<SavePlan> plan_save(const Wanted& wanted,
                                         const store::SessionState& state,
                                         const std::string& session,
                                         system::FileReader& files);

}  // namespace envkeep::keep

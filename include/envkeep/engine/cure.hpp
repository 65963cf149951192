// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"
#include "envkeep/model/finding.hpp"
#include "envkeep/model/plan.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

// A repair of a finding, and what became of it.
struct Cure {
    std::string finding;  // id
    model::Repair repair;
    model::StepResult result = model::StepResult::pending;
    std::string note;  // where what moved lies now, or why it was not done
};

struct CureReport {
    Ending ending = Ending::well;
    std::vector<Cure> cures;
    std::string run;                       // id of the journal, for `undo`; empty: nothing changed
    std::vector<model::Finding> findings;  // of carrying it out
};

// The repairs that the findings bring, each once.
[[nodiscard]] std::vector<Cure> cures_of(const std::vector<model::Finding>& findings);

// Carries them out, journaled: what lies in the home or the store moves aside or gets its mode, a
// variable leaves the manifest's `env`, the loader's cache is written anew and the old one kept.
// Nothing is installed, and what else lies in the image is left to the commands. Fails without a store, or with a manifest
// that cannot be edited; one that fails does not stop the others.
[[nodiscard]] Result<CureReport> cure(const World& world,
                                      const Options& options,
                                      std::vector<Cure> cures,
                                      const Listener& listener);

}  // namespace envkeep::engine

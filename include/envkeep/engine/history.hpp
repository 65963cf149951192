// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/keep/undo.hpp"
#include "envkeep/store/backups.hpp"

namespace envkeep::engine {

[[nodiscard]] Result<std::vector<store::RunRecord>> log(const World& world, const Session& session);

struct UndoReport {
    Ending ending = Ending::well;
    keep::UndoPlan plan;
    model::Outcome outcome;
    std::string run;  // the run that took it back: it can be undone too
};

// The run with that id (a unique beginning will do); empty: the last one that is not undone.
[[nodiscard]] Result<UndoReport> undo(const World& world,
                                      const Session& session,
                                      const std::string& run);

struct GcReport {
    std::vector<store::Backup> removed;
};

[[nodiscard]] Result<GcReport> remove_backups(const World& world,
                                              const Session& session,
                                              std::chrono::milliseconds older_than);

}  // namespace envkeep::engine

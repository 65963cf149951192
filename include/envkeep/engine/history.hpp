// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/keep/undo.hpp"
#include "envkeep/store/backups.hpp"

#include <cstddef>

namespace envkeep::engine {

// The last runs, newest first; no more of their journals are opened.
[[nodiscard]] Result<std::vector<store::RunRecord>> log(const World& world,
                                                        const Session& session,
                                                        std::size_t most);

struct UndoReport {
    Ending ending = Ending::well;
    keep::UndoPlan plan;
    model::Outcome outcome;
    std::string run;  // the run that took it back: it can be undone too
};

// The run with that id (a unique beginning will do); empty: the last one of this container and home
// that is not undone, or else the last that changed nothing but the store. Changes in a home that
// is gone are counted and left; partly, and not marked as undone, where there are only such. While
// other sessions live on the store, what the run brought there stays (partly). What a journal in
// the store alone does not prove stays too: see docs/safety.md. busy if another session changes the
// store.
[[nodiscard]] Result<UndoReport> undo(const World& world, Session& session, const std::string& run);

struct GcReport {
    Ending ending = Ending::well;
    store::BackupRemoval removal;
};

// busy if another session changes the store.
[[nodiscard]] Result<GcReport> remove_backups(const World& world,
                                              const Session& session,
                                              std::chrono::milliseconds older_than);

}  // namespace envkeep::engine

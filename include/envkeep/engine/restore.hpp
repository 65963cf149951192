// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/layers.hpp"
#include "envkeep/engine/session.hpp"
#include "envkeep/git/working_copy.hpp"
#include "envkeep/keep/save.hpp"
#include "envkeep/store/backups.hpp"

namespace envkeep::engine {

struct RestoreOptions {
    LookOptions look;
    std::function<bool()> may_go_on;  // none: no limit
    // How long a start waits for another session that changes the store, to look anew then.
    std::chrono::milliseconds patience{0};
    // What a start leaves out of its plan.
    std::function<bool(const model::Step&)> is_left_out;
};

// What a start's quick checks of the GPU found.
struct GpuAtStart {
    // `gpu` where it does not work, `findings` where what uses it is broken.
    Ending ending = Ending::well;
    std::vector<model::Finding> findings;  // the cause, if something is broken, first
};

struct RestoreReport {
    Ending ending = Ending::well;
    model::Plan plan;
    model::Outcome outcome;
    store::BackupReport backups;
    std::vector<manifest::Problem> problems;
    std::vector<model::Finding> findings;
    std::vector<Timing> timings;
    std::optional<LayerRestoreReport>
        layer;                            // what came back from a snapshot, if one was looked for
    std::vector<git::CopyReport> copies;  // dotfiles and repositories that were seen to
    std::optional<GpuAtStart> gpu;        // of a start, on a machine where a GPU is or must be
};

// Brings the home to what the manifest says. With problems in the manifest nothing is done by hand
// (usage), and the sound entries are done at a start.
[[nodiscard]] Result<RestoreReport> restore(const World& world,
                                            Session& session,
                                            const RestoreOptions& options,
                                            const Listener& listener);

// A restore by hand came to its end: the next start leaves nothing out.
void forget_killed_starts(const World& world, const Session& session);

// Writes changed copies back to the store now.
struct SaveReport {
    Ending ending = Ending::well;
    model::Plan plan;
    model::Outcome outcome;
    std::vector<model::Finding> findings;
    std::vector<keep::Unsaved> unsaved;  // what is only here after it; with any it ended `partly`
};

[[nodiscard]] Result<SaveReport> save(const World& world,
                                      Session& session,
                                      const Listener& listener);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/store/backups.hpp"
#include "envkeep/store/journal.hpp"
#include "envkeep/store/lease.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::engine {

// While another session changes the store.
enum class IfBusy {
    fail,        // busy, once the world's patience is over
    do_nothing,  // told by CarriedOut::is_busy
    do_the_rest  // what changes the store is left pending
};

struct CarryOutOptions {
    std::string command;  // as the journal names it
    IfBusy if_busy = IfBusy::fail;
    bool cleans_up = false;  // first takes away what killed runs left
    // Under the claim, where it was taken: another session may have changed the store since the
    // plan.
    std::function<Result<model::Plan>()> plan_anew;
    std::function<bool()> may_go_on;
    // Done first, under the claim and in the same journal: an edit of the manifest.
    std::function<Result<void>(store::Journal&)> before;
};

struct CarriedOut {
    std::vector<model::Step> steps;  // of the plan, without those that are pending
    model::Outcome outcome;          // of these
    store::BackupReport backups;
    std::vector<model::Finding> findings;
    // Nothing of a killed run is left to be taken away or backed up.
    bool is_cleaned_up = true;
    bool is_busy = false;  // nothing was done: another session changes the store
    // Held until the caller has written what is to be remembered: whoever is next reads that first.
    std::optional<store::ChangesClaim> claim;
};

// The one way in which a plan becomes changes: claim, journal, apply, backups, and what this
// container has to remember (in session.state, not yet written). busy if another session changes
// the store.
[[nodiscard]] Result<CarriedOut> carry_out(const World& world,
                                           Session& session,
                                           const model::Plan& plan,
                                           const CarryOutOptions& options,
                                           const Listener& listener);

// Where journals are: the store's folder, or the home's while the store is read-only.
[[nodiscard]] system::Place journal_folder(const Session& session);
[[nodiscard]] std::vector<system::Place> journal_folders(const Session& session);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/layers.hpp"
#include "envkeep/engine/session.hpp"
#include "envkeep/git/working_copy.hpp"
#include "envkeep/store/backups.hpp"
#include "envkeep/store/lease.hpp"

namespace envkeep::engine {

// What became of the start line in this container.
enum class StartSeen { ran, switched_off, under_way, failed, not_ended, not_run };

struct StatusReport {
    Ending ending = Ending::well;
    model::Plan plan;
    std::vector<model::Finding> findings;
    std::vector<manifest::Problem> problems;
    std::string home;
    std::string store;  // absolute: /storage/envkeep
    std::string store_because;
    std::string platform;
    std::optional<store::Probe> probe;  // as last measured in this container
    std::vector<store::LeaseSeen> sessions;
    StartSeen start = StartSeen::not_run;
    std::string hook_ran_at;  // when a start last ended its work here; empty: never
    std::string last_save_at;
    std::optional<system::ProcessId> background;  // of this session, while it is alive
    std::vector<store::Backup> backups;
    std::vector<store::Backup> aside;  // what went aside in this home, one for each run
    LayerStatus layer;
    std::vector<git::CopyReport> copies;  // as the last run in this home left them
    std::vector<Timing> timings;
};

// Looks only: writes nothing anywhere.
[[nodiscard]] Result<StatusReport> status(const World& world,
                                          Session& session,
                                          const Listener& listener);

}  // namespace envkeep::engine

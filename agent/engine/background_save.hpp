// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/start.hpp"
#include "envkeep/posix/process.hpp"

#include <optional>
#include <string>

namespace envkeep::engine {

// A store that is away for a while must not end the session's saving: every round opens all anew.
// Another store in its place gets nothing of this session, not even a word in its state. False if
// somebody else was changing the store just then; `own_work`, which ends, is no problem to tell.
[[nodiscard]] bool save_once(const Options& options,
                             const MakeWorld& make_world,
                             const std::string& store_id,
                             const std::optional<system::ProcessId>& own_work);

// Containers get some ten seconds to end: what another session is doing may be over before that.
void save_for_the_last_time(const Options& options,
                            const MakeWorld& make_world,
                            const std::string& store_id,
                            posix::SignalWaiter& signals);

// That nobody saves the copies of this session, since no start ran in it: then there is no
// background process. Nothing where somebody does, or where there is nothing to save.
[[nodiscard]] std::optional<model::Finding> nobody_saves(const World& world,
                                                         const Session& session);

}  // namespace envkeep::engine

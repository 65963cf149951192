// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/start.hpp"
#include "envkeep/store/start_stamp.hpp"

#include <optional>
#include <string>

// What a start leaves in the home, which is local, whatever becomes of it and of the store.
namespace envkeep::engine {

struct StartNote {
    std::string home_path;
    system::RootId home;
    store::StartStamp stamp;
};

// Stamps that a start began; touches no path of the store. None where there is no home to write to:
// then nothing can be said, and the start goes on.
[[nodiscard]] std::optional<StartNote> note_start(const World& world, const Options& options);

// Why it could not do its work, for `status`, and the notice for the first terminal.
void note_problem(const World& world,
                  const std::optional<StartNote>& note,
                  const std::string& problem,
                  const std::string& notice);

// The same by the parent, which gave the worker up: in a process of its own that is waited for a
// moment only, since a home may hang too.
void note_given_up(const Options& options, const MakeWorld& make_world, const std::string& problem);

// What switches the start off: "ENVKEEP_OFF is set", "'/storage/envkeep/off' is there"; empty if
// it is on.
[[nodiscard]] std::string switched_off_by(const World& world, const std::string& store_base);

[[nodiscard]] model::Finding switched_off_finding(const std::string& by,
                                                  const std::string& store_base);

}  // namespace envkeep::engine

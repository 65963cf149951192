// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/restore.hpp"
#include "envkeep/engine/start.hpp"
#include "envkeep/git/working_copy.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

// Whether own changes are committed and pushed too.
enum class Publish {
    never,
    as_told,      // where the manifest says `push: on-sync` or `on-snapshot`
    at_snapshot,  // where it says `push: on-snapshot`; nothing else is done
    always,
};

struct SyncOptions {
    Publish publish = Publish::as_told;
    std::string message;             // of commits; empty: machine and date
    std::vector<std::string> names;  // only these: "dotfiles", or a `dir`; empty: all
    bool follows_restore = false;    // links are due only where something comes
};

struct SyncReport {
    Ending ending = Ending::well;
    std::vector<git::CopyReport> copies;      // in the manifest's order
    std::optional<RestoreReport> restored;    // the links of the dotfiles, where some were due
    std::vector<model::Finding> findings;     // of the session
    std::vector<manifest::Problem> problems;  // with any nothing was done (usage)
    std::vector<Timing> timings;
};

// Dotfiles and repositories: clone or fetch, fast-forward, commit and push as told, all of them
// side by side, each in a process of its own; then the links of what came. `make_world` is called
// in those processes. usage for a name that the manifest does not have.
[[nodiscard]] Result<SyncReport> sync(const World& world,
                                      const Options& options,
                                      Session& session,
                                      const SyncOptions& wishes,
                                      const MakeWorld& make_world,
                                      const Listener& listener);

// What each working copy was left as by its last run in this home.
[[nodiscard]] std::vector<git::CopyReport> last_copies(const World& world, const Session& session);

}  // namespace envkeep::engine

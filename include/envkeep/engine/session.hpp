// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/engine/world.hpp"
#include "envkeep/keep/modes.hpp"
#include "envkeep/keep/plan.hpp"
#include "envkeep/manifest/evaluate.hpp"
#include "envkeep/store/find.hpp"
#include "envkeep/store/session_state.hpp"

#include <optional>
#include <string>
#include <vector>

namespace envkeep::engine {

// A home and its store, found and opened; the manifest read and evaluated here.
struct Session {
    std::string home_path;
    system::RootId home;
    store::StoreChoice choice;
    store::Platform platform;
    store::Store store;
    std::string manifest_file;
    manifest::Manifest written;   // as in the files
    manifest::Manifest manifest;  // as it holds here
    std::vector<manifest::Problem> problems;
    system::Container container;
    WallTime container_start{};  // too late where the machine hides its first process
    // What is older was there before the session. Nothing is where nobody can tell when that began:
    // then what differs is the user's to decide, and nobody's change counts as the image's.
    WallTime image_until{};
    std::optional<store::SessionState> state;      // none on a first start
    std::optional<store::SessionState> loaded;     // as it was read, or written last since
    std::optional<store::SessionState> committed;  // as it was written last, if none was read
    std::string other_store;  // id of another store that this container's state speaks of
    std::vector<model::Finding> findings;  // of the store, of the manifest
};

// Fails where nothing can be said at all: no home, no store, no manifest. Problems inside the
// manifest are kept in the session; its sound entries count. store_missing too where this container
// was brought in order from another store than the one found now, unless --store names it: what the
// state remembers then counts for nothing.
[[nodiscard]] Result<Session> open_session(const World& world, const Options& options);

// store_missing if this container's state speaks of another store: for what must not take place
// even where --store names this one.
[[nodiscard]] Result<void> check_is_same_store(const Session& session);

// The facts that conditions and paths depend on.
[[nodiscard]] manifest::Facts facts_of(const World& world,
                                       const std::string& home,
                                       const store::Platform& platform);

struct LookOptions {
    bool is_start = false;
    std::map<std::string, keep::Take> take;  // absolute path -> side
};

// One observation and the one plan that `plan`, `status`, `verify` and `restore` share (P3).
struct Picture {
    keep::Wanted wanted;
    keep::Observation observation;
    model::Plan plan;
    std::map<std::string, store::SessionState::Sniffed> sniffed;
    std::optional<store::SessionState::SecretNames> secret_names;
    std::vector<Timing> timings;
};

[[nodiscard]] Result<Picture> look(const World& world,
                                   Session& session,
                                   const LookOptions& options,
                                   const Listener& listener);

}  // namespace envkeep::engine

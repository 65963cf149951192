// SPDX-License-Identifier: MIT
#include "engine/ready_store.hpp"

#include "envkeep/python/interpreter.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace envkeep::engine {
namespace {

void add_places(const store::SessionState& state, std::set<std::string>& places) {
    for (const store::RestoredFile& file : state.files) {
        places.insert(file.place);
    }
}

// Ours wins where both say something, and what we dropped stays dropped; the later save counts.
void merge(const std::optional<store::SessionState>& loaded,
           store::SessionState theirs,
           store::SessionState& ours) {
    std::set<std::string> known;
    add_places(ours, known);
    if (loaded) {
        add_places(*loaded, known);
    }
    for (store::RestoredFile& file : theirs.files) {
        if (!known.contains(file.place)) {
            ours.files.push_back(std::move(file));
        }
    }
    ours.sniffed.merge(theirs.sniffed);
    if (ours.session.empty()) {
        ours.session = std::move(theirs.session);
    }
    ours.hook_ran_at = std::max(ours.hook_ran_at, theirs.hook_ran_at);
    if (theirs.last_save_at > ours.last_save_at) {
        ours.last_save_at = std::move(theirs.last_save_at);
        ours.last_save_problem = std::move(theirs.last_save_problem);
    }
    if (!ours.background) {
        ours.background = theirs.background;
    }
    if (!ours.probe) {
        ours.probe = std::move(theirs.probe);
    }
}

}  // namespace

Result<void> commit_state(const World& world, Session& session) {
    store::SessionState& ours = state_of(session);
    std::optional<store::SessionState> theirs =
        store::load_state(session.home, session.container, world.files);
    if (theirs && theirs->store_id == ours.store_id) {
        merge(session.loaded, std::move(*theirs), ours);
    }
    return store::save_state(session.home, ours, *world.writer);
}

store::SessionState& state_of(Session& session) {
    if (!session.state) {
        session.state =
            store::SessionState{.container = session.container, .store_id = session.store.id};
    }
    return *session.state;
}

std::optional<store::Probe> measured(const World& world, Session& session) {
    if (session.state && session.state->probe) {
        return session.state->probe;
    }
    if (world.writer == nullptr) {
        return std::nullopt;
    }
    const Result<store::Probe> probe =
        store::probe(session.store, world.machine, world.files, *world.writer);
    if (!probe) {
        return std::nullopt;
    }
    return *probe;
}

std::string python_of(const World& world, const Session& session) {
    const auto& keeps = session.manifest.keeps;
    const bool is_wanted = std::any_of(
        keeps.begin(), keeps.end(), [](const manifest::Keep& keep) { return keep.per_python; });
    if (!is_wanted) {
        return {};
    }
    const auto python =
        python::default_interpreter(world.machine,
                                    session.home_path,
                                    world.files.absolute(session.store.place(store::names::home)));
    return python ? python->version : std::string();
}

bool are_modes_honoured(const World& world, const Session& session) {
    if (session.state && session.state->probe && session.state->probe->is_writable) {
        return session.state->probe->has_modes;
    }
    // Made with 0700 by init: a file system that keeps no modes shows another.
    const Result<system::Status> marker =
        world.files.status(session.store.place(store::names::leases));
    return !marker || marker->kind != system::Kind::folder || marker->mode == 0700;
}

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#include "engine/one_background.hpp"

#include "engine/folder_turn.hpp"
#include "engine/ready_store.hpp"
#include "envkeep/core/version.hpp"
#include "envkeep/store/layout.hpp"
#include "envkeep/store/lease.hpp"
#include "envkeep/store/start_stamp.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::engine {
namespace {

std::optional<posix::FolderLock> background_turn(const World& world, system::RootId home) {
    return turn_at(world,
                   system::Place{.root = home, .path = {}}
                       .child(store::names::state)
                       .child("background-turn"));
}

std::optional<system::ProcessId> claimed_background(const World& world,
                                                    system::RootId home,
                                                    const system::Container& container) {
    std::optional<system::ProcessId> process = store::load_background(home, container, world.files);
    return process && world.machine.is_alive(*process) ? process : std::nullopt;
}

// Leases and what stands in a home can name any process.
bool runs_this_program(const World& world, const system::ProcessId& process) {
    constexpr std::uint64_t largest_program = 256U << 20U;
    const Result<std::string> program =
        world.machine.read_fact(fmt::format("/proc/{}/exe", process.pid), largest_program);
    return program && version_in_program(*program);
}

}  // namespace

std::optional<system::ProcessId> live_background(const World& world, const Session& session) {
    if (auto claimed = claimed_background(world, session.home, session.container)) {
        return claimed;
    }
    const bool lives = session.state && session.state->background &&
                       world.machine.is_alive(*session.state->background);
    return lives ? session.state->background : std::nullopt;
}

bool claim_background(const World& world, const Session& session) {
    const std::optional<posix::FolderLock> turn = background_turn(world, session.home);
    const system::ProcessId self = world.machine.self();
    const std::optional<system::ProcessId> other = live_background(world, session);
    if (other && *other != self) {
        return false;
    }
    // Where it cannot be written `session.json` has to do.
    static_cast<void>(store::save_background(session.home, session.container, self, *world.writer));
    return true;
}

bool is_background_still(const World& world, const Options& options, const std::string& lease) {
    const auto home_path = store::find_home(options.home, world.machine, world.files);
    const auto home =
        home_path.and_then([&](const auto& path) { return world.files.open_root(path); });
    const Result<system::Container> container = world.machine.container();
    if (!home || !container) {
        return true;  // nobody can tell
    }
    const system::ProcessId self = world.machine.self();
    if (const auto claimed = claimed_background(world, *home, *container)) {
        return *claimed == self;
    }
    const Result<Session> found = open_session(world, options);
    if (!found) {
        return true;
    }
    Session session = *found;
    if (!claim_background(world, session)) {
        return false;
    }
    state_of(session).background = self;
    state_of(session).session = lease;
    static_cast<void>(commit_state(world, session));
    return true;
}

std::vector<system::ProcessId> all_backgrounds(const World& world, const Session& session) {
    std::vector<system::ProcessId> all;
    const auto add = [&](const system::ProcessId& process) {
        // 1 is the container itself.
        if (process.pid != 1 && process != world.machine.self() &&
            world.machine.is_alive(process) && std::ranges::find(all, process) == all.end() &&
            runs_this_program(world, process)) {
            all.push_back(process);
        }
    };
    if (const auto known = live_background(world, session)) {
        add(*known);
    }
    if (session.state && session.state->background) {
        add(*session.state->background);
    }
    const auto leases = store::list_leases(session.store, world.machine, world.files, world.writer);
    for (const store::LeaseSeen& seen : leases.value_or(std::vector<store::LeaseSeen>{})) {
        if (seen.lease.home == session.home_path && seen.lease.container == session.container &&
            !seen.lease.is_of_run) {
            add(seen.lease.process);
        }
    }
    return all;
}

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#include "engine/layer_place.hpp"
#include "engine/layer_progress.hpp"
#include "engine/package_groups.hpp"
#include "engine/package_managers.hpp"
#include "engine/packed_keeps.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/layers.hpp"
#include "envkeep/posix/process.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace envkeep::engine {
namespace {

using snapshot::Entry;
using snapshot::EntryKind;
using snapshot::Layer;

bool is_called(const std::string& package, const std::string& typed) {
    return package == typed || package == packages::normalised(typed);
}

// The part of a layer that belongs to packages of that name.
Layer part_of(const Layer& layer, const std::string& name) {
    Layer part{.home = layer.home, .packs = layer.packs, .groups = layer.groups};
    for (const Entry& entry : layer.entries) {
        const bool is_name = is_called(layer.groups.at(entry.group).name, name);
        if (is_name && entry.kind != EntryKind::hard_link && entry.kind != EntryKind::folder) {
            part.entries.push_back(entry);
        }
    }
    return part;
}

Result<bool> is_there(const World& world,
                      const Session& session,
                      const snapshot::LayerState& state,
                      const Layer& part) {
    ENVKEEP_TRY(const snapshot::Roots roots, roots_of(world, session, part.home));
    const snapshot::LayerSeen seen =
        snapshot::look_at_layer(part, roots, *world.trees, capture_tools(world).threads);
    return snapshot::differences(part, seen, layer_context(world, state)).empty();
}

bool is_brought(const World& world, const snapshot::LayerState& state) {
    return state.worker && world.machine.is_alive(*state.worker);
}

// What of the snapshot that is coming belongs to packages of that name.
Result<Layer> coming_part(const World& world, const Session& session, const std::string& name) {
    ENVKEEP_TRY(const snapshot::LayerState state, layer_state_of(world, session));
    if (!state.coming || name.empty()) {
        return Layer{};
    }
    ENVKEEP_TRY(Layer whole, snapshot::load_layer(shelf_of(world, session), state.coming->layer));
    ENVKEEP_TRY(const snapshot::Scope scope, scope_of(world, session));
    return part_of(without_kept(std::move(whole), scope), name);
}

bool has_no_debs_to_come(const World& world, const Session& session) {
    const Result<snapshot::LayerState> state = layer_state_of(world, session);
    return state && state->debs.empty();
}

// Whoever brought it: the image, the user, a snapshot. not_found if nobody did.
Result<void> check_is_installed(const World& world,
                                const Session& session,
                                const std::string& name) {
    ENVKEEP_TRY(const snapshot::LayerState state, layer_state_of(world, session));
    ENVKEEP_TRY(const packages::Inventory inventory, inventory_of(world, session, state));
    const bool is_here = std::ranges::any_of(
        inventory.packages,
        [&](const packages::Package& package) { return is_called(package.name, name); });
    if (!is_here) {
        return failure(
            ErrorKind::not_found,
            fmt::format("no package {} is here, and no snapshot is bringing it", quoted(name)),
            "'envkeep status' says what came back, and what did not fit this image");
    }
    return {};
}

}  // namespace

Result<LayerWait> wait_for_layer(const World& world,
                                 const Session& session,
                                 const LayerWaitOptions& options,
                                 const Listener& listener) {
    constexpr std::chrono::milliseconds nap{200};
    ENVKEEP_CHECK(check_has_trees(world, false));
    ENVKEEP_TRY(const Layer part, coming_part(world, session, options.name));
    if (!options.name.empty() && part.entries.empty() && has_no_debs_to_come(world, session)) {
        ENVKEEP_CHECK(check_is_installed(world, session, options.name));
        return LayerWait::there;
    }
    const SteadyTime began = world.machine.steady_now();
    posix::SignalWaiter signals;
    while (true) {
        ENVKEEP_TRY(const snapshot::LayerState state, layer_state_of(world, session));
        if (!part.entries.empty()) {
            ENVKEEP_TRY(const bool there, is_there(world, session, state, part));
            if (there) {
                return LayerWait::there;
            }
        }
        if (!state.coming && state.debs.empty()) {
            break;
        }
        if (!is_brought(world, state)) {
            return LayerWait::nobody_brings_it;
        }
        if (options.limit && world.machine.steady_now() - began >= *options.limit) {
            return LayerWait::time_limit;
        }
        if (listener.phase) {
            listener.phase(LayerProgress::last(world, session.home));
        }
        if (signals.wait(nap)) {
            return LayerWait::interrupted;
        }
    }
    if (!options.name.empty()) {
        ENVKEEP_CHECK(check_is_installed(world, session, options.name));
    }
    return LayerWait::there;
}

void wait_for_package_managers(const World& world, const Listener& listener) {
    constexpr std::chrono::milliseconds nap{500};
    posix::SignalWaiter signals;
    while (true) {
        const std::vector<std::string> at_work = package_managers_at_work(world);
        if (at_work.empty() || signals.wait(nap)) {
            return;
        }
        if (listener.phase) {
            listener.phase("waiting for " + at_work.front());
        }
    }
}

}  // namespace envkeep::engine

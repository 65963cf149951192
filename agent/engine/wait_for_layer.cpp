// SPDX-License-Identifier: MIT
#include "engine/layer_place.hpp"
#include "engine/layer_progress.hpp"
#include "engine/package_managers.hpp"
#include "engine/packed_keeps.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/layers.hpp"
#include "envkeep/posix/process.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace envkeep::engine {
namespace {

using snapshot::Entry;
using snapshot::EntryKind;
using snapshot::Layer;

// The part of a layer that belongs to packages of that name.
Layer part_of(const Layer& layer, const std::string& name) {
    Layer part{.home = layer.home, .packs = layer.packs, .groups = layer.groups};
    for (const Entry& entry : layer.entries) {
        const bool is_name = layer.groups.at(entry.group).name == name;
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

Result<Layer> wanted_part(const World& world, const Session& session, const std::string& name) {
    ENVKEEP_TRY(const snapshot::LayerState state, layer_state_of(world, session));
    const std::optional<snapshot::LayerRef>& ref = state.coming ? state.coming : state.here;
    if (!ref || name.empty()) {
        return Layer{};
    }
    ENVKEEP_TRY(Layer whole, snapshot::load_layer(shelf_of(world, session), ref->layer));
    ENVKEEP_TRY(const snapshot::Scope scope, scope_of(world, session));
    const Layer layer = without_kept(std::move(whole), scope);
    Layer part = part_of(layer, name);
    if (part.entries.empty()) {
        return failure(ErrorKind::not_found,
                       fmt::format("the snapshot has no package {}", quoted(name)),
                       "'envkeep diff' shows what it has");
    }
    return part;
}

}  // namespace

Result<LayerWait> wait_for_layer(const World& world,
                                 const Session& session,
                                 const LayerWaitOptions& options,
                                 const Listener& listener) {
    constexpr std::chrono::milliseconds nap{200};
    ENVKEEP_CHECK(check_has_trees(world, false));
    ENVKEEP_TRY(const Layer part, wanted_part(world, session, options.name));
    const SteadyTime began = world.machine.steady_now();
    posix::SignalWaiter signals;
    while (true) {
        ENVKEEP_TRY(const snapshot::LayerState state, layer_state_of(world, session));
        if (!state.coming && state.debs.empty()) {
            return LayerWait::there;
        }
        if (!part.entries.empty()) {
            ENVKEEP_TRY(const bool there, is_there(world, session, state, part));
            if (there) {
                return LayerWait::there;
            }
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

// SPDX-License-Identifier: MIT
#include "engine/other_layers.hpp"

#include "engine/image_here.hpp"
#include "engine/layer_place.hpp"
#include "engine/packed_keeps.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace envkeep::engine {
namespace {

using snapshot::Brought;
using snapshot::LayerRef;
using snapshot::LayerState;

void add(std::vector<LayerRef>& refs, const std::optional<LayerRef>& ref) {
    if (ref && std::ranges::find(refs, ref->layer, &LayerRef::layer) == refs.end()) {
        refs.push_back(*ref);
    }
}

}  // namespace

void note_begun(LayerState& state, const LayerRef& wanted) {
    add(state.begun, state.partly);
    add(state.begun, wanted);
}

Result<void> save_begun(const World& world, const Session& session, const LayerRef& wanted) {
    ENVKEEP_TRY(LayerState state, layer_state_of(world, session));
    note_begun(state, wanted);
    return snapshot::save_layer_state(session.home, state, *world.writer);
}

Result<void> look_at_others(const World& world,
                            const Session& session,
                            const LayerState& state,
                            const WantedLayer& wanted,
                            const snapshot::Scope& scope,
                            const snapshot::Roots& roots,
                            snapshot::LayerSeen& seen,
                            snapshot::LayerContext& context,
                            OtherLayers& others) {
    const snapshot::Shelf shelf = shelf_of(world, session);
    const unsigned threads = capture_tools(world).threads;
    const bool is_here = state.here && state.here->layer == wanted.ref.layer;
    if (state.here) {
        context.held_until = state.holds_until;
        context.held = &wanted.layer;
        if (!is_here || !wanted.is_same_image) {
            ENVKEEP_TRY(snapshot::Layer held, snapshot::load_layer(shelf, state.here->layer));
            others.held = without_kept(std::move(held), scope);
            others.held_seen = snapshot::look_at_layer(others.held, roots, *world.trees, threads);
            context.held = &others.held;
            // What is here stays beside what another image's snapshot adds.
            context.held_seen = wanted.is_same_image ? &others.held_seen : nullptr;
        }
    }
    std::vector<LayerRef> begun = state.begun;
    add(begun, state.partly);
    std::erase_if(begun, [&](const LayerRef& ref) { return ref.layer == wanted.ref.layer; });
    if ((state.here && !is_here) || !state.image_until || !begun.empty()) {
        others.image = known_listing(world, session, state);
        context.image = others.image ? &*others.image : nullptr;
    }
    // One that could not even be read is to come too, and left nothing.
    context.is_begun =
        state.coming && state.coming->layer == wanted.ref.layer &&
        std::ranges::find(state.begun, wanted.ref.layer, &LayerRef::layer) != state.begun.end();
    seen.others = snapshot::with_other_content(wanted.layer,
                                               snapshot::lookalikes(wanted.layer, seen, context),
                                               roots,
                                               *world.trees,
                                               threads);
    std::vector<Brought> brought;
    for (const LayerRef& ref : begun) {
        // What no snapshot names any more may be gone: then nobody can tell what it brought.
        if (auto layer = snapshot::load_layer(shelf, ref.layer)) {
            others.begun.push_back(without_kept(*std::move(layer), scope));
        }
    }
    if (wanted.is_same_image) {
        for (const snapshot::Layer& layer : others.begun) {
            std::ranges::move(snapshot::brought_by(
                                  layer, wanted.layer, seen, context, roots, *world.trees, threads),
                              std::back_inserter(brought));
        }
    }
    std::ranges::stable_sort(brought, snapshot::comes_before, &Brought::path);
    const auto again =
        std::unique(brought.begin(), brought.end(), [](const Brought& one, const Brought& other) {
            return one.path == other.path;
        });
    brought.erase(again, brought.end());
    context.brought = std::move(brought);
    return {};
}

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#include "envkeep/engine/layers.hpp"

#include "engine/layer_place.hpp"
#include "engine/packed_keeps.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <utility>

namespace envkeep::engine {

Result<SnapshotsReport> list_snapshots(const World& world, const Session& session) {
    ENVKEEP_CHECK(check_has_trees(world, false));
    SnapshotsReport report{.list = {}, .here = {}, .profile = profile_of(world, session)};
    ENVKEEP_TRY(report.list, snapshot::list_snapshots(shelf_of(world, session)));
    ENVKEEP_TRY(const snapshot::LayerState state, layer_state_of(world, session));
    report.here = state.here ? state.here->snapshot : std::string();
    return report;
}

Result<LayerProof> prove_layer(const World& world,
                               const Session& session,
                               bool is_deep,
                               const Listener& listener) {
    LayerProof proof{.record = {}, .is_deep = is_deep};
    if (world.trees == nullptr && !is_deep) {
        return proof;
    }
    ENVKEEP_CHECK(check_has_trees(world, false));
    ENVKEEP_TRY(const snapshot::LayerState state, layer_state_of(world, session));
    const std::optional<snapshot::LayerRef>& ref = state.coming ? state.coming : state.here;
    if (!ref) {
        return proof;
    }
    proof.is_whole = !state.coming;
    proof.not_here = state.not_here;
    const snapshot::Shelf shelf = shelf_of(world, session);
    ENVKEEP_TRY(const snapshot::SnapshotList list, snapshot::list_snapshots(shelf));
    ENVKEEP_TRY(proof.record, snapshot::find_snapshot(list, ref->snapshot));
    ENVKEEP_TRY(const snapshot::Scope scope, scope_of(world, session));
    ENVKEEP_TRY(snapshot::Layer whole, snapshot::load_layer(shelf, ref->layer));
    const snapshot::Layer layer = without_kept(std::move(whole), scope);
    ENVKEEP_TRY(const snapshot::Roots roots, roots_of(world, session, layer.home));
    const unsigned threads = capture_tools(world).threads;
    const snapshot::LayerSeen seen = snapshot::look_at_layer(layer, roots, *world.trees, threads);
    snapshot::LayerContext context = layer_context(world, session);
    context.is_wanted = [&](const snapshot::Group& group) {
        return is_wanted(session.manifest, group);
    };
    proof.entries = layer.entries.size();
    if (!is_deep) {
        proof.differences = snapshot::differences(layer, seen, context);
        return proof;
    }
    const auto progress = [&](std::uint64_t bytes) {
        if (listener.phase) {
            listener.phase(fmt::format(
                "reading {} of {}", human_size(bytes), human_size(proof.record->bytes)));
        }
    };
    ENVKEEP_TRY(snapshot::Proof read,
                snapshot::prove(layer, seen, context, roots, *world.trees, threads, progress));
    proof.bytes = read.bytes;
    proof.live = read.live;
    proof.differences = std::move(read.differences);
    return proof;
}

Result<void> begin_layer(const World& world, const Session& session) {
    if (snapshot::load_layer_state(session.home, session.container, world.files)) {
        return {};
    }
    ENVKEEP_TRY(snapshot::LayerState state, layer_state_of(world, session));
    ENVKEEP_TRY(state.session_began,
                snapshot::file_system_now(session.home, world.files, *world.writer));
    return snapshot::save_layer_state(session.home, state, *world.writer);
}

Result<void> list_image_once(const World& world, const Session& session) {
    ENVKEEP_CHECK(check_has_trees(world, true));
    ENVKEEP_TRY(snapshot::LayerState state, layer_state_of(world, session));
    ENVKEEP_CHECK(know_image(world, session, state));
    ENVKEEP_TRY(const snapshot::Scope scope, scope_of(world, session));
    ENVKEEP_CHECK(image_listing(world, session, state, scope));
    return {};
}

}  // namespace envkeep::engine

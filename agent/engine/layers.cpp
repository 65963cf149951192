// SPDX-License-Identifier: MIT
#include "envkeep/engine/layers.hpp"

#include "engine/image_here.hpp"
#include "engine/layer_lock.hpp"
#include "engine/layer_place.hpp"
#include "engine/other_image.hpp"
#include "engine/packed_keeps.hpp"
#include "engine/prune_layer.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace envkeep::engine {
namespace {

// What of it should be here: all that is not kept in the store and where nothing else is mounted,
// or what fits this image.
Result<snapshot::Layer> layer_to_prove(const World& world,
                                       const Session& session,
                                       const snapshot::LayerRef& ref,
                                       bool is_other_image,
                                       std::vector<std::string>& not_here) {
    if (is_other_image) {
        return snapshot::load_part(session.home, world.files);
    }
    ENVKEEP_TRY(const snapshot::Scope scope, scope_of(world, session));
    ENVKEEP_TRY(snapshot::Layer whole, snapshot::load_layer(shelf_of(world, session), ref.layer));
    for (const std::string& place : what_lies_at(scope.mounts, whole, scope).places) {
        not_here.push_back(fmt::format("files /{}: something else is mounted there", place));
    }
    return without_kept(std::move(whole), scope);
}

// Where all of the snapshot was looked at its digests are those of its record.
void compare_with_record(const snapshot::Proof& read, bool is_all, LayerProof& proof) {
    const snapshot::Snapshot& record = *proof.record;
    const snapshot::TreeDigests recorded{.content = record.content, .full = record.full};
    if (is_all && read.expected != recorded) {
        proof.differences.push_back({.path = {},
                                     .expected = "content " + recorded.content.text(),
                                     .found = "content " + read.expected.content.text()});
    }
}

// Of the profile and image of this session; empty: `here` comes next.
std::string other_that_comes_next(const World& world,
                                  const Session& session,
                                  const std::string& image,
                                  const snapshot::SnapshotList& list,
                                  const snapshot::Snapshot& here) {
    const snapshot::Snapshot* const next = snapshot_for(
        list, profile_of(world, session), image, !session.manifest.snapshot.profile.empty());
    return next != nullptr && next->layer != here.layer ? next->id : std::string();
}

// Where a container sees the processes of its host, or of its pod, the first of them tells nothing
// of it. Each mount has a number of its own in each name space.
bool is_first_process_ours(const system::Machine& machine) {
    constexpr std::uint64_t longest = std::uint64_t{16} << 20U;
    const auto root_mount = [&](const std::string& process) {
        const std::string mounts =
            machine.read_fact("/proc/" + process + "/mountinfo", longest).value_or(std::string());
        return mounts.substr(0, mounts.find('\n'));
    };
    const std::string first = root_mount("1");
    return !first.empty() && first == root_mount("self");
}

}  // namespace

Result<SnapshotsReport> list_snapshots(const World& world, const Session& session) {
    ENVKEEP_CHECK(check_has_trees(world, false));
    SnapshotsReport report{.list = {}, .here = {}, .profile = profile_of(world, session)};
    ENVKEEP_TRY(report.list, snapshot::list_snapshots(shelf_of(world, session)));
    ENVKEEP_TRY(const snapshot::LayerState state, layer_state_of(world, session));
    report.here = state.here ? state.here->snapshot : std::string();
    return report;
}

Result<void> check_snapshot(const World& world, const Session& session, const std::string& id) {
    ENVKEEP_CHECK(check_has_trees(world, false));
    ENVKEEP_TRY(const snapshot::SnapshotList list,
                snapshot::list_snapshots(shelf_of(world, session)));
    ENVKEEP_CHECK(named_snapshot(list, id));
    return {};
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
    const std::optional<snapshot::LayerRef>& ref = state.coming ? state.coming
                                                   : state.here ? state.here
                                                                : state.partly;
    if (!ref) {
        return proof;
    }
    proof.is_whole = !state.coming && state.debs.empty();
    proof.is_other_image = !state.coming && !state.here;
    proof.not_here = state.not_here;
    ENVKEEP_TRY(const snapshot::SnapshotList list,
                snapshot::list_snapshots(shelf_of(world, session)));
    ENVKEEP_TRY(proof.record, snapshot::find_snapshot(list, ref->snapshot));
    proof.next = other_that_comes_next(world, session, state.image, list, *proof.record);
    ENVKEEP_TRY(const snapshot::Layer layer,
                layer_to_prove(world, session, *ref, proof.is_other_image, proof.not_here));
    ENVKEEP_TRY(const snapshot::Roots roots, roots_of(world, session, layer.home));
    const unsigned threads = capture_tools(world).threads;
    const snapshot::LayerSeen seen = snapshot::look_at_layer(layer, roots, *world.trees, threads);
    snapshot::LayerContext context = layer_context(world, state);
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
    const bool is_all = layer.entries.size() == proof.record->entries &&
                        std::ranges::all_of(layer.groups, context.is_wanted);
    proof.differences = std::move(read.differences);
    compare_with_record(read, is_all, proof);
    return proof;
}

Result<void> begin_layer(const World& world, const Session& session, WallTime started) {
    // Before a line that runs when the container starts only the platform's scripts were at work;
    // before a late one (a terminal, a cell of a notebook) the user was, once those had ended.
    constexpr std::chrono::seconds late{30};
    constexpr std::chrono::seconds platform_scripts{10};
    if (snapshot::load_layer_state(session.home, session.container, world.files)) {
        return {};
    }
    ENVKEEP_TRY(snapshot::LayerState state, layer_state_of(world, session));
    ENVKEEP_TRY(state.session_began,
                snapshot::file_system_now(session.home, world.files, *world.writer));
    if (started > session.container_start + late && is_first_process_ours(world.machine)) {
        state.session_began = session.container_start + platform_scripts;
    }
    ENVKEEP_CHECK(remember_disk(world, session, state));
    return snapshot::save_layer_state(session.home, state, *world.writer);
}

Result<void> list_image_once(const World& world,
                             const Session& session,
                             std::chrono::milliseconds longest_wait,
                             const Listener& listener) {
    ENVKEEP_CHECK(check_has_trees(world, true));
    // Whoever has it writes the state that this would write too.
    ENVKEEP_TRY(const LayerLock lock,
                LayerLock::take(world, session, {longest_wait, {}}, listener));
    ENVKEEP_TRY(snapshot::LayerState state, layer_state_of(world, session));
    ENVKEEP_CHECK(know_image(world, session, state));
    ENVKEEP_TRY(const snapshot::Scope scope, scope_of(world, session));
    ENVKEEP_CHECK(image_listing(world, session, state, scope));
    return {};
}

}  // namespace envkeep::engine

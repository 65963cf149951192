// SPDX-License-Identifier: MIT
#include "engine/unread_snapshots.hpp"

#include "engine/layer_place.hpp"
#include "engine/other_image.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace envkeep::engine {
namespace {

const snapshot::Snapshot* next_of(const World& world,
                                  const Session& session,
                                  const std::string& image,
                                  const snapshot::SnapshotList& list) {
    return snapshot_for(
        list, profile_of(world, session), image, !session.manifest.snapshot.profile.empty());
}

// Of those that such a session may start from the first whose layer can be read; empty: none.
std::string newest_sound(const World& world,
                         const Session& session,
                         const std::string& image,
                         snapshot::SnapshotList list) {
    const snapshot::Shelf shelf = shelf_of(world, session);
    while (const snapshot::Snapshot* const next = next_of(world, session, image, list)) {
        if (snapshot::load_layer(shelf, next->layer)) {
            return next->id;
        }
        std::erase_if(list.snapshots,
                      [id = next->id](const snapshot::Snapshot& one) { return one.id == id; });
    }
    return {};
}

// Where files are another user's: root took a snapshot into a user's store, say.
model::Fix right_to_read(const World& world, const Session& session) {
    const auto status_of = [&](const system::Place& place) {
        return world.files.status(place).value_or(system::Status{});
    };
    const system::Status store = status_of({.root = session.store.root, .path = {}});
    if (store.kind != system::Kind::folder || store.uid != world.machine.effective_uid()) {
        return {.text =
                    "its files are another user's: the owner of the store, or root, can give "
                    "you the right to read them"};
    }
    const std::string path = shell_quoted(session.store.path);
    std::string command = fmt::format("sudo chown -R --reference={}", path);
    for (const std::string_view name : {store::names::packs,
                                        store::names::manifests,
                                        store::names::snapshots,
                                        store::names::refs,
                                        store::names::images,
                                        store::names::packages}) {
        if (status_of(session.store.place(name)).kind == system::Kind::folder) {
            command += fmt::format(" {}/{}", path, name);
        }
    }
    return {.commands = {std::move(command)}, .text = "its files are another user's"};
}

}  // namespace

Result<void> check_can_come(const World& world,
                            const Session& session,
                            const snapshot::SnapshotList& list,
                            const snapshot::LayerRef& coming) {
    ENVKEEP_CHECK(named_snapshot(list, coming.snapshot));
    ENVKEEP_CHECK(snapshot::load_layer(shelf_of(world, session), coming.layer));
    return {};
}

model::Finding not_brought_back(const World& world, const Session& session, const Error& error) {
    model::Finding finding{.id = "snapshot-failed",
                           .severity = model::Severity::error,
                           .subject = "snapshot",
                           .title = "the snapshot could not be brought back",
                           .evidence = {error.message},
                           .fix = {.commands = {"envkeep restore"}, .text = error.hint}};
    if (error.kind == ErrorKind::permission_denied) {
        finding.fix = right_to_read(world, session);
        finding.fix.text += "; then 'envkeep restore'";
        return finding;
    }
    const Result<snapshot::LayerState> state = layer_state_of(world, session);
    const Result<snapshot::SnapshotList> list =
        world.trees == nullptr ? tl::unexpected(error)
                               : snapshot::list_snapshots(shelf_of(world, session));
    if (!state || !state->coming || !list ||
        check_can_come(world, session, *list, *state->coming)) {
        return finding;
    }
    finding.subject = state->coming->snapshot;
    finding.fix = {.commands = {"envkeep snapshot --as-is"},
                   .text =
                       "until then none is taken by itself; the one that cannot be read stays "
                       "in the store"};
    if (const std::string sound = newest_sound(world, session, state->image, *list);
        !sound.empty()) {
        finding.fix.commands.insert(finding.fix.commands.begin(), "envkeep restore --at " + sound);
        finding.fix.text.insert(0,
                                "the first brings the newest one that can be read; the second "
                                "makes what is here the newest; ");
    }
    return finding;
}

}  // namespace envkeep::engine

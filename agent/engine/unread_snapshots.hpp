// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/layers.hpp"
#include "envkeep/snapshot/layer_state.hpp"
#include "envkeep/snapshot/unread_refs.hpp"

#include <optional>
#include <string>
#include <vector>

// Snapshots of the store that cannot be read: what is here is not what they held.
namespace envkeep::engine {

// Whether record and layer of a snapshot that is to come can be read.
[[nodiscard]] Result<void> check_can_come(const World& world,
                                          const Session& session,
                                          const snapshot::SnapshotList& list,
                                          const snapshot::LayerRef& coming);

// Of `unread` those that may be newer than what a session of this image gets.
[[nodiscard]] std::vector<snapshot::UnreadRef> unread_newer(
    const World& world,
    const Session& session,
    const std::string& image,
    const snapshot::SnapshotList& list,
    const std::vector<snapshot::UnreadRef>& unread);

// Tells of them, in a session that has, or gets, the snapshot of the id `here`; nothing where there
// are none.
[[nodiscard]] std::optional<model::Finding> say_unread(
    const World& world,
    const Session& session,
    const std::string& image,
    const std::string& here,
    const snapshot::SnapshotList& list,
    const std::vector<snapshot::UnreadRef>& unread);

// Whether one was refused for that alone, which is told by itself.
[[nodiscard]] bool is_refused_for_unread(const snapshot::Refusal& refused);

// Why `gc` frees nothing: each ref that cannot be read, with the command that cures it. `recorded`:
// ids of all snapshots whose record is there.
[[nodiscard]] std::optional<model::Finding> say_unread_to_gc(
    const World& world,
    const Session& session,
    const snapshot::SnapshotList& list,
    const std::vector<snapshot::UnreadRef>& unread,
    const std::vector<std::string>& recorded);

// Where the store's snapshots cannot be listed at all.
[[nodiscard]] model::Finding say_unlisted(const World& world,
                                          const Session& session,
                                          const Error& error);

// Before one is taken: what it would follow as the newest is known, and, where it is taken by
// itself, came back here. The state knows its image.
[[nodiscard]] Result<void> check_follows_newest(const World& world,
                                                const Session& session,
                                                const snapshot::LayerState& state,
                                                const SnapshotOptions& options);

}  // namespace envkeep::engine

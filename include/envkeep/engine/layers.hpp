// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/packages/compare.hpp"
#include "envkeep/snapshot/capture.hpp"
#include "envkeep/snapshot/layer_state.hpp"
#include "envkeep/snapshot/prove.hpp"
#include "envkeep/snapshot/records.hpp"
#include "envkeep/snapshot/write_packs.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

// Snapshots: what was installed is there again.
namespace envkeep::engine {

struct SnapshotOptions {
    std::string message;
    bool with_secrets = false;
    bool as_is = false;         // also where the last restore is not whole, and cannot be
    bool is_automatic = false;  // the background takes it: nobody is told of what it leaves out
};

struct SnapshotReport {
    Ending ending = Ending::well;
    std::optional<snapshot::Snapshot> record;  // none: nothing has changed since `unchanged_since`
    std::string unchanged_since;  // id of the snapshot that holds all of it; empty: the image does
    std::string profile;
    std::uint32_t number = 0;
    std::uint64_t files = 0;  // of the layer
    std::uint64_t folders = 0;
    std::uint64_t links = 0;
    std::uint64_t deletions = 0;
    snapshot::PackReport packs;
    packages::Comparison packages;            // against the snapshot before, else against the image
    std::vector<snapshot::LeftOut> left_out;  // what a user may miss: secrets, what is excluded
    std::vector<std::string> unreadable;
    std::vector<model::Finding> findings;
    std::vector<Timing> timings;
};

// Records what this session changed against its image. Fails, and the last snapshot stands, where
// the store cannot take it (no_space names the bytes), or while a restore is not whole or a package
// manager is at work (busy).
[[nodiscard]] Result<SnapshotReport> take_snapshot(const World& world,
                                                   Session& session,
                                                   const SnapshotOptions& options,
                                                   const Listener& listener);

// Until no package manager is at work any more, or a signal comes.
void wait_for_package_managers(const World& world, const Listener& listener);

struct LayerRestoreOptions {
    std::string at;                 // id of a snapshot; empty: the newest of this image's profile
    std::vector<std::string> only;  // domains: "python", "apt", ...; empty: all
    bool is_start = false;
    // At a start: when the shell must have its answer. What does not fit before is left for later.
    std::optional<SteadyTime> until;
    std::function<bool()> may_go_on;
};

struct LayerRestoreReport {
    Ending ending = Ending::well;
    std::optional<snapshot::Snapshot> record;  // none: there is none for this machine
    bool is_same_image = true;
    bool is_whole = true;  // else more of it is to come
    std::uint64_t planned_files = 0;
    std::uint64_t planned_bytes = 0;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::uint64_t removed = 0;
    std::vector<std::string> aside;  // absolute: what stood in the way
    std::vector<model::Finding> findings;
    std::vector<Timing> timings;
};

// usage where the store has no snapshot of that id.
[[nodiscard]] Result<void> check_snapshot(const World& world,
                                          const Session& session,
                                          const std::string& id);

// Where `restore_layer` failed, in a report of more than that.
[[nodiscard]] model::Finding not_brought_back(const World& world,
                                              const Session& session,
                                              const Error& error);

// Brings the session to what a snapshot recorded. Nothing to do where there is none.
[[nodiscard]] Result<LayerRestoreReport> restore_layer(const World& world,
                                                       Session& session,
                                                       const LayerRestoreOptions& options,
                                                       const Listener& listener);

struct SnapshotsReport {
    snapshot::SnapshotList list;
    std::string here;     // id of the one that this session has; may be empty
    std::string profile;  // of this machine
};

[[nodiscard]] Result<SnapshotsReport> list_snapshots(const World& world, const Session& session);

struct LayerProof {
    std::optional<snapshot::Snapshot> record;  // none: this session has none
    std::string next;      // id of the other one that a new session would get; empty: this one
    bool is_whole = true;  // else it is still being restored
    // It was taken on another image: proven is what of it came back here.
    bool is_other_image = false;
    bool is_deep = false;
    std::uint64_t entries = 0;
    std::uint64_t bytes = 0;     // that were read
    snapshot::TreeDigests live;  // if deep, of what was read
    std::vector<snapshot::Difference> differences;
    std::vector<std::string> not_here;

    [[nodiscard]] bool is_identical() const {
        return differences.empty() && is_whole && not_here.empty();
    }
};

// Whether this session is what its snapshot recorded: by a look, or by every byte.
[[nodiscard]] Result<LayerProof> prove_layer(const World& world,
                                             const Session& session,
                                             bool is_deep,
                                             const Listener& listener);

// Packed data takes about a third of what it was; checked before anything is written.
[[nodiscard]] constexpr std::uint64_t packed_share(std::uint64_t bytes) {
    constexpr std::uint64_t percent = 35;
    return bytes / 100 * percent + bytes % 100 * percent / 100;
}

// How much of the store snapshots may take, and do: packs, and kept Debian packages.
struct StoreShare {
    static constexpr std::uint64_t not_known = std::numeric_limits<std::uint64_t>::max();

    std::uint64_t used = 0;
    std::uint64_t limit = not_known;  // some network stores do not tell their size
    std::uint64_t free = not_known;   // of the store, for whatever

    // What more of it may be written.
    [[nodiscard]] std::uint64_t room() const {
        return std::min(free, limit > used ? limit - used : 0);
    }
};

// Where `used` are taken already.
[[nodiscard]] StoreShare share_of(const system::Space& space, unsigned percent, std::uint64_t used);
[[nodiscard]] Result<StoreShare> snapshots_share(const World& world, const Session& session);

struct LayerStatus {
    std::size_t snapshots = 0;
    std::string here;         // id of the one that this session has
    std::string partly;       // id of one of another image, of which this session has what fits
    std::string created;      // UTC text
    std::string coming;       // id of the one that is being brought back
    std::string progress;     // how far that is
    std::size_t unsaved = 0;  // packages that changed since; counted only where stats tell a change
    std::uint64_t packs_bytes = 0;
    std::uint64_t limit_bytes = 0;  // 0: the store does not tell its size, there is none
    std::vector<std::string> not_here;
    std::vector<model::Finding> findings;
};

// For `status`: a few stats where nothing changed.
[[nodiscard]] Result<LayerStatus> layer_status(const World& world, const Session& session);

enum class LayerWait { there, nobody_brings_it, time_limit, interrupted };

struct LayerWaitOptions {
    std::string name;  // of a package; empty: all of it
    std::optional<std::chrono::milliseconds> limit;
};

// Waits until the background has brought all of the snapshot, or a package of that name is here,
// whoever brought it (not_found if it is not, and no snapshot brings it).
[[nodiscard]] Result<LayerWait> wait_for_layer(const World& world,
                                               const Session& session,
                                               const LayerWaitOptions& options,
                                               const Listener& listener);

// Writes down when this session began, by the clock of its own file system, if nothing did so far:
// to be called by a start once its keeps stand. Where its line ran late, what the user made before
// is the session's too.
[[nodiscard]] Result<void> begin_layer(const World& world,
                                       const Session& session,
                                       WallTime started);

// What the background does for snapshots: the image is listed, once, where it is not known yet.
// busy where a process that takes or brings back a snapshot is at it for longer than that.
[[nodiscard]] Result<void> list_image_once(const World& world,
                                           const Session& session,
                                           std::chrono::milliseconds longest_wait,
                                           const Listener& listener);

}  // namespace envkeep::engine

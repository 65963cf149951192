// SPDX-License-Identifier: MIT
#include "engine/keep_debs.hpp"
#include "engine/layer_place.hpp"
#include "engine/layer_progress.hpp"
#include "engine/package_watch.hpp"
#include "engine/snapshot_refusal.hpp"
#include "engine/unread_snapshots.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/diff.hpp"
#include "envkeep/engine/layers.hpp"
#include "envkeep/system/temporary_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace envkeep::engine {
namespace {

// What is installed and in no snapshot is lost with this container.
void say_unsaved(const World& world, const Session& session, LayerStatus& status) {
    const Result<snapshot::Scope> scope = scope_of(world, session);
    Result<DiffReport> report = diff(world, session, {}, {});
    if (!report || !scope) {
        return;
    }
    // What lies in the store is there again without a snapshot; what is excluded no snapshot takes.
    std::erase_if(report->comparison.changes, [&](const packages::PackageChange& change) {
        const std::string& place = change.package().place;
        return !place.empty() && !lies_in(*scope, place, world.files);
    });
    if (report->comparison.changes.empty()) {
        return;
    }
    status.unsaved = report->comparison.changes.size();
    constexpr std::size_t most = 5;
    model::Finding finding{
        .id = "snapshot-due",
        .severity = model::Severity::info,
        .subject = "packages",
        .title = fmt::format(
            "{} changed since {}: the next session does not have that",
            counted(status.unsaved, "package"),
            status.here.empty() ? std::string("the image") : std::string("the last snapshot")),
        .fix = {.commands = {"envkeep snapshot"}}};
    for (const packages::PackageChange& change : report->comparison.changes) {
        if (finding.evidence.size() == most) {
            finding.evidence.emplace_back("...");
            break;
        }
        finding.evidence.push_back(
            printable(fmt::format("{} {}", change.package().name, change.package().version)));
    }
    status.findings.push_back(std::move(finding));
}

void say_coming(const World& world,
                const Session& session,
                const snapshot::LayerState& state,
                const snapshot::SnapshotList& list,
                LayerStatus& status) {
    status.progress = LayerProgress::last(world, session.home);
    const bool is_alive = state.worker && world.machine.is_alive(*state.worker);
    const Result<void> can_come = is_alive || !state.coming
                                      ? Result<void>{}
                                      : check_can_come(world, session, list, *state.coming);
    if (!can_come) {
        status.findings.push_back(not_brought_back(world, session, can_come.error()));
        return;
    }
    status.findings.push_back(
        {.id = "snapshot-coming",
         .severity = is_alive ? model::Severity::info : model::Severity::warning,
         .subject = "snapshot",
         .title = is_alive ? "the rest of the snapshot is still being brought back"
                           : "the snapshot is here in part, and nothing brings the rest",
         .evidence = {printable(status.progress)},
         .fix = {.commands = {is_alive ? "envkeep wait" : "envkeep restore"}}});
}

// What does not fit this image, and what dpkg could not put back.
void say_not_here(const snapshot::LayerState& state, LayerStatus& status) {
    constexpr std::size_t most = 5;
    if (state.not_here.empty()) {
        return;
    }
    model::Finding finding{
        .id = "snapshot-not-here",
        .severity = model::Severity::warning,
        .subject = state.partly ? state.partly->snapshot : std::string("snapshot"),
        .title = fmt::format("{} of the snapshot, which was taken on another image, {} not here",
                             counted(state.not_here.size(), "thing"),
                             state.not_here.size() == 1 ? "is" : "are"),
        .fix = {.commands = state.cures,
                .text = "'envkeep verify' names all of it; 'envkeep snapshot' then begins a line "
                        "of snapshots for this image"}};
    for (const std::string& one : state.not_here) {
        if (finding.evidence.size() == most) {
            finding.evidence.emplace_back("...");
            break;
        }
        finding.evidence.push_back(printable(one));
    }
    status.findings.push_back(std::move(finding));
}

void say_limit(const Session& session, LayerStatus& status) {
    if (status.limit_bytes == 0 || status.packs_bytes <= status.limit_bytes) {
        return;
    }
    status.findings.push_back(
        {.id = "snapshots-over-limit",
         .severity = model::Severity::warning,
         .subject = "snapshots",
         .title = fmt::format("snapshots take {} of the store, {} are allowed: no more is taken",
                              human_size(status.packs_bytes),
                              human_size(status.limit_bytes)),
         .evidence = {fmt::format("{}/{}", session.store.path, store::names::packs)},
         .fix = {.commands = {"envkeep gc"},
                 .text = "or raise 'snapshot: {limit: ...}' in the manifest"}});
}

// Of the files right in a folder, but for what is half-written there: it is given up, or soon has a
// name.
Result<std::uint64_t> bytes_in(const World& world, const system::Place& folder) {
    const Result<std::vector<system::Entry>> entries = world.files.list(folder);
    if (!entries) {
        return entries.error().kind == ErrorKind::not_found ? Result<std::uint64_t>(0)
                                                            : tl::unexpected(entries.error());
    }
    std::uint64_t bytes = 0;
    for (const system::Entry& entry : *entries) {
        if (system::is_temporary_name(entry.name)) {
            continue;
        }
        const Result<system::Status> status = world.files.status(folder.child(entry.name));
        bytes += status && status->kind == system::Kind::file ? status->size : 0;
    }
    return bytes;
}

}  // namespace

StoreShare share_of(const system::Space& space, unsigned percent, std::uint64_t used) {
    constexpr std::uint64_t whole = 100;
    StoreShare share{.used = used};
    if (space.total > 0) {
        share.limit = space.total / whole * percent;
        share.free = space.free;
    }
    return share;
}

Result<StoreShare> snapshots_share(const World& world, const Session& session) {
    ENVKEEP_TRY(const system::Space space, world.files.space(session.store.root));
    std::uint64_t used = 0;
    for (const system::Place& folder :
         {session.store.place(store::names::packs), debs_of(session.store)}) {
        ENVKEEP_TRY(const std::uint64_t bytes, bytes_in(world, folder));
        used += bytes;
    }
    return share_of(space, session.manifest.snapshot.limit_percent, used);
}

Result<LayerStatus> layer_status(const World& world, const Session& session) {
    LayerStatus status;
    if (world.trees == nullptr) {
        return status;
    }
    ENVKEEP_TRY(snapshot::LayerState state, layer_state_of(world, session));
    std::vector<snapshot::UnreadRef> unread;
    const Result<snapshot::SnapshotList> read =
        snapshot::list_snapshots(shelf_of(world, session), unread);
    if (!read) {
        status.findings = findings_of(state);
        status.findings.push_back(say_unlisted(world, session, read.error()));
        return status;
    }
    const snapshot::SnapshotList& list = *read;
    status.snapshots = list.snapshots.size();
    status.here = state.here ? state.here->snapshot : std::string();
    if (auto told = say_unread(world, session, state.image, status.here, list, unread)) {
        status.findings.push_back(*std::move(told));
        if (state.refused && is_refused_for_unread(*state.refused)) {
            state.refused.reset();
        }
    }
    status.partly = state.partly && !state.here ? state.partly->snapshot : std::string();
    status.not_here = state.not_here;
    const auto here = std::ranges::find(list.snapshots, status.here, &snapshot::Snapshot::id);
    status.created = here == list.snapshots.end() ? std::string() : here->created;
    ENVKEEP_TRY(const StoreShare share, snapshots_share(world, session));
    status.packs_bytes = share.used;
    status.limit_bytes = share.limit == StoreShare::not_known ? 0 : share.limit;
    if (!state.refused) {
        say_limit(session, status);
    }
    say_not_here(state, status);
    std::ranges::move(findings_of(state), std::back_inserter(status.findings));
    if (state.coming || !state.debs.empty()) {
        const auto& coming = state.coming ? state.coming : state.partly;
        status.coming = coming ? coming->snapshot : std::string();
        say_coming(world, session, state, list, status);
    } else if (packages_changed_at(world, session, state)) {
        say_unsaved(world, session, status);
    }
    return status;
}

}  // namespace envkeep::engine

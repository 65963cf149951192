// SPDX-License-Identifier: MIT
#include "engine/snapshot_findings.hpp"

#include "engine/layer_place.hpp"
#include "engine/other_image.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace envkeep::engine {

model::Finding branch_finding(const std::string& other) {
    return {.id = "snapshot-branch",
            .severity = model::Severity::warning,
            .subject = other,
            .title = "there is a newer snapshot that this one does not build on",
            .evidence = {fmt::format("snapshot {}", other)},
            .fix = {.commands = {fmt::format("envkeep diff {}", other)},
                    .text = "both are kept; a new session gets this one, the other comes back "
                            "with 'envkeep restore --at'"}};
}

std::vector<model::Finding> say_what_comes_next(const World& world,
                                                const Session& session,
                                                const snapshot::LayerState& state) {
    const auto list = snapshot::list_snapshots(shelf_of(world, session));
    const snapshot::Snapshot* const next =
        list && state.here ? snapshot_for(*list,
                                          profile_of(world, session),
                                          state.image,
                                          !session.manifest.snapshot.profile.empty())
                           : nullptr;
    // One that several refs name, or of the very same layer, is no other.
    if (next == nullptr || next->layer == state.here->layer) {
        return {};
    }
    return {{.id = "snapshot-not-newest",
             .severity = model::Severity::warning,
             .subject = next->id,
             .title = "the next session gets a snapshot that is newer than the one that is here",
             .evidence = {fmt::format("here is snapshot {}", state.here->snapshot),
                          fmt::format("snapshot {} of {}", next->id, next->created)},
             .fix = {.commands = {fmt::format("envkeep snapshot -m 'as {}'", state.here->snapshot)},
                     .text = "this makes what is here the newest; both are kept"}}};
}

model::Finding base_gone_finding(const std::string& id, const Error& error) {
    return {.id = "snapshot-base-gone",
            .severity = model::Severity::warning,
            .subject = id,
            .title =
                "the snapshot that this session came from is damaged: what is lost there is "
                "stored anew",
            .evidence = {error.message}};
}

model::Finding database_finding(std::vector<std::string> databases) {
    return {.id = "snapshot-database-in-use",
            .severity = model::Severity::warning,
            .subject = "snapshot",
            .title = fmt::format("something wrote to {} while the snapshot was taken",
                                 counted(databases.size(), "database")),
            .evidence = std::move(databases),
            .fix = {.commands = {"envkeep snapshot"},
                    .text = "end the program that has it open, then take the snapshot again"}};
}

std::vector<snapshot::LeftOut> to_record(const std::vector<snapshot::LeftOut>& left_out) {
    std::vector<snapshot::LeftOut> told;
    for (const snapshot::Omission why :
         {snapshot::Omission::secret, snapshot::Omission::excluded}) {
        std::ranges::copy_if(left_out, std::back_inserter(told), [&](const snapshot::LeftOut& one) {
            return one.why == why;
        });
    }
    return told;
}

void count(const snapshot::Layer& layer, SnapshotReport& report) {
    for (const snapshot::Entry& entry : layer.entries) {
        const bool is_folder = entry.kind == snapshot::EntryKind::folder;
        const bool is_link = entry.kind == snapshot::EntryKind::link;
        ++(is_folder ? report.folders : is_link ? report.links : report.files);
    }
    report.deletions = layer.deletions.size();
}

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#include "engine/snapshot_findings.hpp"

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
            .title = "another session took a snapshot that this one does not build on",
            .evidence = {fmt::format("snapshot {}", other)},
            .fix = {.commands = {fmt::format("envkeep diff {}", other)},
                    .text = "both are kept; a new session gets this one, the other comes back "
                            "with 'envkeep restore --at'"}};
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

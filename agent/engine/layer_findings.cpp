// SPDX-License-Identifier: MIT
#include "engine/layer_findings.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <string>

namespace envkeep::engine {
namespace {

std::vector<std::string> absolute(std::vector<std::string> paths) {
    for (std::string& path : paths) {
        path.insert(0, 1, '/');
    }
    return paths;
}

}  // namespace

std::vector<model::Finding> findings_of(const snapshot::LayerPlan& plan) {
    std::vector<model::Finding> findings;
    if (!plan.lost_of_image.empty()) {
        findings.push_back(
            {.id = "snapshot-image-gone",
             .severity = model::Severity::warning,
             .subject = "snapshot",
             .title = fmt::format("{} of the image, which the snapshot before replaced or removed "
                                  "here, can only be had in a new session",
                                  counted(plan.lost_of_image.size(), "thing")),
             .evidence = absolute(plan.lost_of_image),
             .fix = {.who = model::Who::restart}});
    }
    if (!plan.unseen.empty()) {
        model::Finding finding{
            .id = "snapshot-unseen",
            .severity = model::Severity::warning,
            .subject = "snapshot",
            .title = fmt::format("{} of the snapshot could not be looked at here",
                                 counted(plan.unseen.size(), "name")),
            .fix = {
                .commands = {"envkeep restore"},
                .text = "once they can be read; what the snapshot removes there stays till then"}};
        for (const snapshot::Unseen& one : plan.unseen) {
            finding.evidence.push_back(fmt::format("/{}: {}", one.path, one.why));
        }
        findings.push_back(std::move(finding));
    }
    if (!plan.stay.empty()) {
        findings.push_back({.id = "snapshot-stays",
                            .severity = model::Severity::info,
                            .subject = "snapshot",
                            .title = fmt::format(
                                "{} that the snapshot does not have changed here since: left alone",
                                counted(plan.stay.size(), "thing")),
                            .evidence = absolute(plan.stay)});
    }
    return findings;
}

std::vector<model::Finding> say_mounted(const std::vector<std::string>& places) {
    if (places.empty()) {
        return {};
    }
    return {{.id = "snapshot-mounted",
             .severity = model::Severity::warning,
             .subject = "snapshot",
             .title = fmt::format("something else is mounted at {} of the snapshot: what is there "
                                  "stays as it is",
                                  counted(places.size(), "place")),
             .evidence = absolute(places),
             .fix = {.text = "what the snapshot has there comes back in a session where nothing is "
                             "mounted; the snapshots of this session keep it as it is"}}};
}

model::Finding not_restored(const snapshot::Layer& layer, const snapshot::UnpackReport& done) {
    constexpr std::size_t most = 20;
    model::Finding finding{
        .id = "snapshot-not-restored",
        .severity = model::Severity::error,
        .subject = "snapshot",
        .title = fmt::format("{} of the snapshot could not be brought back",
                             counted(done.failed.size(), "file")),
        .fix = {.commands = {"envkeep restore"},
                .text = "if a pack is damaged, 'envkeep snapshots' shows older snapshots, and "
                        "'envkeep restore --at' brings one back"}};
    for (const snapshot::UnpackReport::Failed& one : done.failed) {
        if (finding.evidence.size() == most) {
            finding.evidence.emplace_back("...");
            break;
        }
        finding.evidence.push_back(
            fmt::format("/{}: {}", layer.entries[one.entry].path, one.error.message));
    }
    return finding;
}

}  // namespace envkeep::engine

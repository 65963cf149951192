// SPDX-License-Identifier: MIT
#include "engine/snapshot_refusal.hpp"

#include "engine/layer_place.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/collect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace envkeep::engine {

void note_refusal(const World& world,
                  const Session& session,
                  const SnapshotOptions& options,
                  const Error& error) {
    const bool lacks_room = error.kind == ErrorKind::no_space;
    if (error.kind == ErrorKind::busy || !(options.is_automatic || lacks_room)) {
        return;
    }
    Result<snapshot::LayerState> state = layer_state_of(world, session);
    const Result<WallTime> now =
        snapshot::file_system_now(session.home, world.files, *world.writer);
    if (!state || !now) {
        return;
    }
    state->refused = snapshot::Refusal{.problem = error.message, .hint = error.hint, .at = *now};
    if (lacks_room) {
        const Result<CollectReport> gc =
            collect_snapshots(world, session, {.rule = {}, .is_dry_run = true});
        state->refused->gc_frees = gc ? gc->plan.bytes_to_trash + gc->plan.bytes_to_remove : 0;
    }
    // Only what `status` tells.
    static_cast<void>(snapshot::save_layer_state(session.home, *state, *world.writer));
}

namespace {

std::vector<std::string> lacking(const SnapshotReport& report) {
    constexpr std::size_t most = 100;
    std::vector<std::string> found;
    for (const snapshot::LeftOut& one : report.left_out) {
        if (one.why == snapshot::Omission::secret) {
            found.push_back(fmt::format("/{}: holds a secret", one.path));
        }
    }
    for (const model::Finding& finding : report.findings) {
        if (finding.id == "snapshot-database-in-use") {
            std::ranges::copy(finding.evidence, std::back_inserter(found));
        }
    }
    found.resize(std::min(found.size(), most));
    return found;
}

}  // namespace

void note_taken(snapshot::LayerState& state,
                const SnapshotOptions& options,
                const SnapshotReport& report) {
    // What another image's snapshot lacks here is told until the user takes one without it.
    if (!options.is_automatic) {
        state.partly.reset();
        state.not_here.clear();
        state.cures.clear();
    }
    state.debs.clear();
    state.begun.clear();
    state.refused.reset();
    state.left_out = options.is_automatic ? lacking(report) : std::vector<std::string>{};
}

std::vector<model::Finding> findings_of(const snapshot::LayerState& state) {
    std::vector<model::Finding> findings;
    if (state.refused) {
        model::Finding finding{
            .id = "snapshot-refused",
            .severity = model::Severity::warning,
            .subject = "snapshot",
            .title = "the last snapshot was not taken: " + printable(state.refused->problem),
            .fix = {.commands = {"envkeep snapshot"}, .text = printable(state.refused->hint)}};
        if (state.refused->gc_frees > 0) {
            finding.evidence = {
                fmt::format("'envkeep gc' frees {}, a day later, or at once where "
                            "you empty the store's trash/ after it",
                            human_size(state.refused->gc_frees))};
            finding.fix.commands.insert(finding.fix.commands.begin(), "envkeep gc");
        }
        findings.push_back(std::move(finding));
    }
    if (!state.left_out.empty()) {
        constexpr std::size_t most = 10;
        model::Finding finding{
            .id = "snapshot-left-out",
            .severity = model::Severity::info,
            .subject = "snapshot",
            .title = fmt::format("the last automatic snapshot left out {}",
                                 counted(state.left_out.size(), "file")),
            .fix = {.text = "'envkeep adopt' keeps one in the store itself; 'envkeep snapshot "
                            "--with-secrets' records keys and tokens, for all who can read the "
                            "store"}};
        for (const std::string& one : state.left_out) {
            if (finding.evidence.size() == most) {
                finding.evidence.emplace_back("...");
                break;
            }
            finding.evidence.push_back(printable(one));
        }
        findings.push_back(std::move(finding));
    }
    return findings;
}

}  // namespace envkeep::engine

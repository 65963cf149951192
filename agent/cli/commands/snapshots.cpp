// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/render_snapshot.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/layers.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::cli {
namespace {

constexpr std::array snapshots_examples{
    Example{"envkeep snapshots", "newest first; * marks the one that this session has"},
    Example{"envkeep snapshots --json", "the same for a program"},
};

constexpr std::array snapshots_exits{
    ExitUse{0, "listed"},
    ExitUse{1, "listed, and some cannot be read"},
    ExitUse{4, "the store is missing, empty or another one"},
};

std::string text_of(const engine::SnapshotsReport& report, const View& view) {
    std::string text;
    for (const snapshot::Snapshot& one : report.list.snapshots) {
        text += view.line(fmt::format("{} {}  {}  {}  {} ({} in the store){}",
                                      one.id == report.here ? '*' : ' ',
                                      printable(one.id),
                                      printable(one.created),
                                      printable(one.profile),
                                      human_size(one.bytes),
                                      human_size(one.new_bytes),
                                      one.message.empty() ? "" : "  " + printable(one.message)),
                          4);
    }
    for (const std::string& problem : report.list.problems) {
        text += view.line(
            fmt::format("  {} {}", view.painted(Tone::warning, "damaged:"), printable(problem)), 4);
    }
    if (report.list.snapshots.empty() && report.list.problems.empty() && !view.quiet) {
        text += view.line("there is no snapshot yet; 'envkeep snapshot' takes one", 4);
    }
    return text;
}

Result<Reply> run_snapshots(const Arguments& /*arguments*/, Context& context) {
    ENVKEEP_TRY(const engine::Session session, context.session());
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const engine::SnapshotsReport report, engine::list_snapshots(world, session));
    Reply reply;
    if (!report.list.problems.empty()) {
        reply.ending = engine::Ending::findings;
    }
    if (!context.wants_json()) {
        reply.text = text_of(report, context.view(session));
        return reply;
    }
    Json snapshots = Json::array();
    for (const snapshot::Snapshot& one : report.list.snapshots) {
        snapshots.add(json_of(one));
    }
    reply.members.set("snapshots", std::move(snapshots));
    reply.members.set("here", report.here);
    Json problems = Json::array();
    for (const std::string& problem : report.list.problems) {
        problems.add(printable(problem));
    }
    reply.members.set("problems", std::move(problems));
    return reply;
}

}  // namespace

constinit const Command snapshots_command{
    .name = "snapshots",
    .summary = "list the snapshots in the store",
    .details =
        "Newest first, with the size of what each brings back and what it added to the "
        "store.",
    .examples = snapshots_examples,
    .exits = snapshots_exits,
    .works_with_root = true,
    .run = run_snapshots};

}  // namespace envkeep::cli

// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/exit_code.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_json.hpp"
#include "cli/render_report.hpp"
#include "cli/render_snapshot.hpp"
#include "cli/render_sync.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/layers.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::cli {
namespace {

constexpr std::array snapshot_flags{
    Flag{.name = "--message", .value = "TEXT", .help = "a line to know it by", .letter = "-m"},
    Flag{.name = "--wait", .help = "while pip, apt or another package manager is at work, wait"},
    Flag{.name = "--as-is",
         .help = "although the last restore could not bring everything back, or the newest "
                 "snapshot cannot be read: what is missing is then missing in this snapshot too"},
    Flag{.name = "--with-secrets",
         .help = "also what is known to hold keys, tokens or passwords: whoever can read the "
                 "store can read them then"},
};

constexpr std::array snapshot_examples{
    Example{"envkeep snapshot", "after installing packages: the next session has them"},
    Example{"envkeep snapshot -m 'torch 2.5'", "with a line to know it by"},
};

constexpr std::array snapshot_exits{
    ExitUse{0, "taken, or nothing has changed since the last one"},
    ExitUse{2, "the manifest must be corrected first"},
    ExitUse{3, "taken, but something could not be read"},
    ExitUse{4, "the store is missing, empty or another one"},
    ExitUse{5, "a restore or another snapshot is under way here, or packages are being changed"},
    ExitUse{7, "taken, but a repository with 'push: on-snapshot' could not be pushed"},
};

Result<Reply> run_snapshot(const Arguments& arguments, Context& context) {
    ENVKEEP_TRY(engine::Session session, context.session());
    Reply reply;
    if (!session.problems.empty()) {
        reply.ending = engine::Ending::usage;
        reply.findings = session.findings;
        reply.errors = refusal_text(session.problems);
        reply.members.set("problems", json_of(session.problems));
        return reply;
    }
    ENVKEEP_TRY(const engine::World world, context.world());
    if (arguments.has("--wait")) {
        engine::wait_for_package_managers(world, context.listener());
    }
    ENVKEEP_TRY(engine::SnapshotReport report,
                engine::take_snapshot(world,
                                      session,
                                      {.message = arguments.value("--message"),
                                       .with_secrets = arguments.has("--with-secrets"),
                                       .as_is = arguments.has("--as-is")},
                                      context.listener()));
    ENVKEEP_TRY(const engine::Options options, context.options());
    ENVKEEP_TRY(const engine::SyncReport synced,
                engine::sync(world,
                             options,
                             session,
                             {.publish = engine::Publish::at_snapshot,
                              .message = arguments.value("--message")},
                             context.make_world(),
                             context.listener()));
    reply.ending = worse(report.ending, synced.ending);
    reply.findings = merged({session.findings, report.findings, findings_of(synced)});
    const std::vector<engine::Timing> timings = context.timings(std::move(report.timings));
    if (context.wants_json()) {
        add_snapshot(reply.members, report);
        if (!synced.copies.empty()) {
            reply.members.set("repositories", json_of(synced.copies));
        }
        reply.members.set("timings", json_of(timings));
        return reply;
    }
    const View view = context.view(session);
    reply.text = session_text(session, view) + snapshot_text(report, view) +
                 findings_text(report.findings, view) +
                 sync_text(synced, context.absolute_of(), view);
    if (view.verbose) {
        reply.text += view.line(timings_text(timings), 4);
    }
    return reply;
}

}  // namespace

constinit const Command snapshot_command{
    .name = "snapshot",
    .summary = "record what was installed, for the next session",
    .details =
        "Stores what this session changed against its image: packages of pip, conda, apt and npm, "
        "kernels, configuration, and what was deleted. A start brings it back, file by file. What "
        "is kept in the store already, caches, the driver's files, and what holds secrets are no "
        "part of it. Only what is new is written.",
    .flags = snapshot_flags,
    .examples = snapshot_examples,
    .exits = snapshot_exits,
    .run = run_snapshot};

}  // namespace envkeep::cli

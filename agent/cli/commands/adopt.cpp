// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_json.hpp"
#include "cli/render_report.hpp"
#include "cli/render_snapshot.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/household.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::cli {
namespace {

constexpr std::array<std::string_view, 1> per_what{"python"};

constexpr std::array adopt_flags{
    Flag{
        .name = "--per",
        .value = "WHAT",
        .help = "keep what depends on it apart; 'python': lib and bin for each interpreter version",
        .choices = per_what},
    Flag{.name = "--copy",
         .help = "keep a copy at home instead of a link; changes are written back to the store"},
    Flag{
        .name = "--packed",
        .help = "keep it on the local disk and in snapshots, which bring it at a start; takes one"},
};

constexpr std::array adopt_examples{
    Example{"envkeep adopt .ssh .jupyter", "keep these two from now on"},
    Example{"envkeep adopt --per python .local", "what pip installs for the user"},
    Example{"envkeep adopt .bash_history", "a history: what sessions at once add comes together"},
    Example{"envkeep adopt --copy .condarc", "for a file that its program rewrites"},
    Example{"envkeep adopt --packed .local", "many files, of which a linked store makes a wait"},
};

constexpr std::array adopt_exits{
    ExitUse{0, "kept: moved to the store and linked"},
    ExitUse{2, "wrong use, or the manifest must be corrected first"},
    ExitUse{3, "a path is not there, a conflict or a failed step remains"},
    ExitUse{4, "the store is missing, empty or another one"},
    ExitUse{5, "another session is changing the store"},
};

// Each says how it is kept: only one can.
Result<void> check(const Arguments& arguments) {
    if (arguments.has("--packed") && arguments.has("--copy")) {
        return failure(
            ErrorKind::usage,
            "'--packed' does not go with '--copy'",
            "a packed folder is in snapshots, a copy is a file in the store: choose one");
    }
    if (arguments.has("--packed") && arguments.has("--per")) {
        return failure(ErrorKind::usage,
                       "'--packed' does not go with '--per'",
                       "a packed folder is one real folder: it has the parts of all versions");
    }
    return {};
}

void add_packed(const engine::AdoptReport& report, Json& members) {
    Json snapshot;
    if (report.snapshot) {
        snapshot = Json::object();
        add_snapshot(snapshot, *report.snapshot);
    }
    members.set("snapshot", std::move(snapshot));
    Json put_away = Json::array();
    for (const engine::AdoptReport::PutAway& one : report.put_away) {
        put_away.add(Json::object()
                         .set("subject", printable(one.subject))
                         .set("kept_at", json_bytes(one.kept_at)));
    }
    members.set("put_away", std::move(put_away));
    members.set("put_away_run", report.put_away_run);
}

std::string packed_text(const engine::AdoptReport& report, const View& view) {
    std::string text = report.snapshot ? snapshot_text(*report.snapshot, view) : std::string();
    for (const engine::AdoptReport::PutAway& one : report.put_away) {
        if (!view.quiet) {
            text += view.line(fmt::format("what the store had of {} is kept in {}",
                                          printable(one.subject),
                                          view.path(one.kept_at)),
                              4);
        }
    }
    return text;
}

// With the snapshot between them there are two runs: the later one goes first.
std::string undo_text(const engine::AdoptReport& report) {
    std::string undo;
    for (const std::string& run : {report.put_away_run, report.restore.outcome.run}) {
        if (!run.empty()) {
            undo += fmt::format(
                "{}envkeep undo {}", undo.empty() ? "taken back with: " : " && ", printable(run));
        }
    }
    return undo.empty() ? undo : undo + '\n';
}

bool is_idle(const engine::AdoptReport& report) {
    return report.ending == engine::Ending::well && report.added.empty() &&
           report.changed.empty() && report.restore.plan.is_empty() &&
           report.restore.outcome.steps.empty();
}

// It is at home as the new entry wants it.
bool is_of_manifest_alone(const engine::AdoptReport& report) {
    return report.ending == engine::Ending::well &&
           (!report.added.empty() || !report.changed.empty()) && report.restore.plan.is_empty() &&
           report.restore.outcome.steps.empty();
}

std::string notes_text(const engine::AdoptReport& report, const View& view) {
    return findings_text(other_findings(findings_of(report.restore), report.restore.plan.conflicts),
                         view);
}

// The other keeps are not what was asked about.
std::string kept_already(const std::vector<std::string>& paths, const View& view) {
    std::string names;
    for (const std::string& path : paths) {
        names += (names.empty() ? "" : ", ") + printable(path);
    }
    return view.quiet ? std::string()
                      : view.line(fmt::format("nothing to do: {} {} kept already",
                                              names,
                                              paths.size() == 1 ? "is" : "are"),
                                  4);
}

Result<Reply> run_adopt(const Arguments& arguments, Context& context) {
    ENVKEEP_CHECK(check(arguments));
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const engine::Options options, context.options());
    ENVKEEP_TRY(const engine::AdoptReport report,
                engine::adopt(world,
                              options,
                              {.paths = arguments.operands,
                               .per_python = arguments.has("--per"),
                               .as_copy = arguments.has("--copy"),
                               .as_packed = arguments.has("--packed")},
                              context.listener()));
    Reply reply{.ending = report.ending, .findings = findings_of(report.restore)};
    if (context.wants_json()) {
        reply.members.set("added", json_of(report.added));
        reply.members.set("changed", json_of(report.changed));
        add_restore(reply.members, report.restore, context.absolute_of());
        add_packed(report, reply.members);
        return reply;
    }
    if (!report.restore.problems.empty()) {
        reply.errors = refusal_text(report.restore.problems);
        return reply;
    }
    const View view = context.view();
    if (!view.quiet) {
        for (const std::string& entry : report.added) {
            reply.text += fmt::format("  added to the manifest: {}\n", printable(entry));
        }
        for (const std::string& entry : report.changed) {
            reply.text += fmt::format("  changed in the manifest: {}\n", printable(entry));
        }
    }
    if (is_idle(report)) {
        reply.text += notes_text(report, view);
        reply.text += kept_already(arguments.operands, view);
    } else if (is_of_manifest_alone(report)) {
        reply.text += notes_text(report, view);
    } else {
        engine::RestoreReport restore = report.restore;
        restore.outcome.run.clear();  // told at the end
        reply.text += restore_text(restore, context.absolute_of(), view);
    }
    reply.text += packed_text(report, view);
    if (!view.quiet || report.ending != engine::Ending::well) {
        reply.text += undo_text(report);
    }
    return reply;
}

}  // namespace

constinit const Command adopt_command{
    .name = "adopt",
    .summary = "keep home paths from now on: in the store, linked",
    .details =
        "Moves them into the store, links them, and adds them to the manifest. Relative paths "
        "start at the home. The content is copied to the store and verified before a link takes "
        "its place; comments and order of the manifest stay. Of an entry that is there already "
        "only what the options say is changed. With '--packed' it becomes, or stays, a real folder "
        "on the local disk: a snapshot is taken, and only when that stands does what the store had "
        "of it go to backups/released/. 'envkeep adopt' without it makes it a link into the store "
        "again, and 'envkeep release' is the way out.",
    .operands = {.name = "PATH", .least = 1, .most = any_number, .kind = ValueKind::home_path},
    .flags = adopt_flags,
    .examples = adopt_examples,
    .exits = adopt_exits,
    .run = run_adopt};

}  // namespace envkeep::cli

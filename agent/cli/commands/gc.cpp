// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"
#include "cli/backups.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/render_findings.hpp"
#include "cli/reply.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/engine/collect.hpp"
#include "envkeep/engine/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>
#include <vector>

namespace envkeep::cli {
namespace {

constexpr std::string_view usual_age = "30d";

constexpr std::array gc_flags{
    Flag{.name = "--dry-run", .help = "only say what would go"},
    Flag{.name = "--keep",
         .value = "N",
         .help = "of each profile the newest N snapshots stay, 5 by default; and one a day for a "
                 "week"},
    Flag{.name = "--backups", .help = "remove old backups instead"},
    Flag{.name = "--older-than",
         .value = "AGE",
         .help = "only what is older: 12h, 30d, 8w; 30d by default, 0s for all"},
};

constexpr std::array gc_examples{
    Example{"envkeep gc --dry-run", "which old snapshots would go, and what that frees"},
    Example{"envkeep gc", "remove them: to the trash first, and a day later for good"},
    Example{"envkeep gc --backups", "remove backups older than 30 days"},
    Example{"envkeep gc --backups --older-than 7d", "remove those older than a week"},
};

constexpr std::array gc_exits{
    ExitUse{0, "done, or nothing was old enough"},
    ExitUse{2, "wrong use"},
    ExitUse{3, "something of the store cannot be read: what it may name stays"},
    ExitUse{4, "the store is missing, empty or another one"},
    ExitUse{5, "another session is changing the store"},
};

std::string staying(const std::string& what, const View& view) {
    return view.line(fmt::format("{} {}", view.painted(Tone::warning, "stays:"), printable(what)),
                     4);
}

std::string text_of(const store::BackupRemoval& removal, const View& view) {
    std::string out;
    std::uint64_t bytes = 0;
    for (const store::Backup& backup : removal.removed) {
        bytes += backup.bytes;
        out += fmt::format("  removed  {}  {}  {}\n",
                           printable(backup.run),
                           view.path(backup.path),
                           human_size(backup.bytes));
    }
    std::string stays;
    for (const auto* list : {&removal.kept, &removal.problems}) {
        for (const std::string& one : *list) {
            stays += staying(one, view);
        }
    }
    if (view.quiet) {
        return stays;
    }
    if (!removal.removed.empty()) {
        out += fmt::format(
            "freed {} in {}\n", human_size(bytes), counted(removal.removed.size(), "backup"));
    } else if (stays.empty()) {
        out += "no backup is old enough: nothing was removed\n";
    }
    return out + stays;
}

std::string snapshots_text(const engine::CollectReport& report, bool is_dry_run, const View& view) {
    std::vector<Row> rows;
    for (const std::string& id : report.plan.snapshots) {
        rows.push_back({.tone = Tone::change,
                        .verb = is_dry_run ? "would go" : "goes",
                        .subject = printable(id),
                        .why = "older than what is kept"});
    }
    std::string text = rows_text(rows, view);
    for (const std::string& one : report.plan.blocked) {
        text += staying(one, view);
    }
    for (const std::string& one : report.done.problems) {
        text += view.line(
            fmt::format("{} {}", view.painted(Tone::error, "failed:"), printable(one)), 4);
    }
    if (view.quiet) {
        return text;
    }
    if (report.journals > 0) {
        text += view.line(fmt::format("{} of old runs {}: nothing of them can be taken back",
                                      counted(report.journals, "journal"),
                                      is_dry_run ? "would go" : "removed"),
                          4);
    }
    const snapshot::GcPlan& plan = report.plan;
    if (plan.to_trash.empty() && plan.to_remove.empty()) {
        return text +
               view.line(fmt::format("{}{}",
                                     report.journals > 0 ? "" : "nothing to remove: ",
                                     report.kept == 1 ? std::string("1 snapshot stays")
                                                      : counted(report.kept, "snapshot") + " stay"),
                         4);
    }
    return text + view.line(fmt::format("{} {}; {} {}, {} {}",
                                        counted(report.kept, "snapshot"),
                                        report.kept == 1 ? "stays" : "stay",
                                        human_size(plan.bytes_to_remove),
                                        is_dry_run ? "would be freed now" : "freed",
                                        human_size(plan.bytes_to_trash),
                                        is_dry_run ? "a day later"
                                                   : "in the trash, freed by a gc in a day"),
                            4);
}

Json texts_of(const std::vector<std::string>& texts) {
    Json list = Json::array();
    for (const std::string& text : texts) {
        list.add(printable(text));
    }
    return list;
}

Result<Reply> collect(const Arguments& arguments, Context& context) {
    engine::CollectOptions options{.is_dry_run = arguments.has("--dry-run")};
    if (const std::string keep = arguments.value("--keep"); !keep.empty()) {
        const auto [end, error] =
            std::from_chars(keep.data(), keep.data() + keep.size(), options.rule.last);
        if (error != std::errc{} || end != keep.data() + keep.size() || options.rule.last == 0) {
            return failure(ErrorKind::usage,
                           fmt::format("{} is no number of snapshots", quoted(keep)),
                           "such as: envkeep gc --keep 3");
        }
    }
    ENVKEEP_TRY(const engine::Session session, context.session());
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const engine::CollectReport report,
                engine::collect_snapshots(world, session, options));
    Reply reply{.ending = report.ending, .findings = report.findings};
    if (!context.wants_json()) {
        const View view = context.view(session);
        reply.text =
            snapshots_text(report, options.is_dry_run, view) + findings_text(report.findings, view);
        return reply;
    }
    Json removed = Json::array();
    for (const std::string& id : report.plan.snapshots) {
        removed.add(printable(id));
    }
    std::vector<std::string> problems = report.plan.blocked;
    std::ranges::copy(report.done.problems, std::back_inserter(problems));
    reply.members.set("snapshots", std::move(removed))
        .set("kept", std::uint64_t{report.kept})
        .set("journals", std::uint64_t{report.journals})
        .set("bytes_to_trash", report.plan.bytes_to_trash)
        .set("bytes_freed", report.plan.bytes_to_remove)
        .set("dry_run", options.is_dry_run)
        .set("problems", texts_of(problems));
    return reply;
}

Result<Reply> run_gc(const Arguments& arguments, Context& context) {
    if (!arguments.has("--backups")) {
        if (arguments.has("--older-than")) {
            return failure(ErrorKind::usage,
                           "'--older-than' is about backups",
                           "such as: envkeep gc --backups --older-than 7d");
        }
        return collect(arguments, context);
    }
    if (arguments.has("--dry-run") || arguments.has("--keep")) {
        return failure(ErrorKind::usage,
                       "'--dry-run' and '--keep' are about snapshots",
                       "leave out '--backups', or them");
    }
    const std::string age = arguments.value("--older-than");
    ENVKEEP_TRY(const std::chrono::milliseconds older_than,
                parse_duration(age.empty() ? usual_age : std::string_view(age)));
    ENVKEEP_TRY(const engine::Session session, context.session());
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const engine::GcReport report, engine::remove_backups(world, session, older_than));
    Reply reply{.ending = report.ending};
    if (context.wants_json()) {
        reply.members.set("removed", json_of(report.removal.removed))
            .set("left", texts_of(report.removal.kept))
            .set("problems", texts_of(report.removal.problems));
    } else {
        reply.text = text_of(report.removal, context.view(session.home_path));
    }
    return reply;
}

}  // namespace

constinit const Command gc_command{
    .name = "gc",
    .summary = "free space in the store",
    .details =
        "Removes old snapshots, and what of packs and locks no snapshot names any more. Of each "
        "profile the newest five stay, one a day for a week, and what a live session came from. "
        "What goes lies in the store's trash/ for a day first. Journals go where the run ended a "
        "month ago in a container that is gone, and 'undo' could take nothing of it back any more. "
        "With --backups it removes backups "
        "of what once stood in the way instead: nothing else does that, unless the manifest says "
        "'backups: {expire: ...}'. What 'release' has kept stays.",
    .flags = gc_flags,
    .examples = gc_examples,
    .exits = gc_exits,
    .run = run_gc};

}  // namespace envkeep::cli

// SPDX-License-Identifier: MIT
#include "envkeep/engine/status.hpp"

#include "engine/background_save.hpp"
#include "engine/full_home.hpp"
#include "engine/git_jobs.hpp"
#include "engine/import_price.hpp"
#include "engine/one_background.hpp"
#include "engine/status_start.hpp"
#include "engine/stopwatch.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/sync.hpp"
#include "envkeep/store/findings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::engine {
namespace {

// What has no backup is gone with this container. What the user took away himself is not.
void say_only_here(const World& world, const Session& session, StatusReport& report) {
    model::Finding finding{.id = "backup-only-here",
                           .severity = model::Severity::warning,
                           .subject = "backups",
                           .fix = {.text = "copy what you need before this container ends"}};
    if (!session.state) {
        return;
    }
    for (const store::SessionState::OnlyHere& one : session.state->only_here) {
        const Result<system::Status> there = world.files.follow(one.aside);
        if (there && there->kind != system::Kind::absent) {
            finding.evidence.push_back(fmt::format("{}: in {}", one.original, one.aside));
        }
    }
    if (finding.evidence.empty()) {
        return;
    }
    finding.title = fmt::format("{} that went aside {} only on this machine",
                                counted(finding.evidence.size(), "thing"),
                                finding.evidence.size() == 1 ? "is" : "are");
    report.findings.push_back(std::move(finding));
}

// One that cannot be looked at hides nothing else.
void list_backups(const World& world, const Session& session, StatusReport& report) {
    store::BackupList backups = store::list_backups(session.store, session.home, world.files);
    store::BackupList asides = store::list_asides(session.home, world.files);
    report.backups = std::move(backups.backups);
    report.aside = std::move(asides.backups);
    std::ranges::move(asides.problems, std::back_inserter(backups.problems));
    if (!backups.problems.empty()) {
        report.findings.push_back(
            {.id = "backup-unreadable",
             .severity = model::Severity::warning,
             .subject = "backups",
             .title = "not every backup can be looked at",
             .evidence = std::move(backups.problems),
             .fix = {.text = "'envkeep gc --backups' leaves it there; take a link that stands in "
                             "the way out, or see whether the store answers"}});
    }
}

// Without it nobody writes back what changes, and nobody holds the lease.
void say_background(const World& world, const Session& session, StatusReport& report) {
    if (std::optional<model::Finding> unsaved = nobody_saves(world, session)) {
        report.findings.push_back(*std::move(unsaved));
    }
    const bool had_one = session.state && session.state->background;
    if (report.start != StartSeen::ran || !had_one || report.background) {
        return;
    }
    model::Finding finding{
        .id = "background-gone",
        .severity = model::Severity::warning,
        .subject = "background",
        .title = "the session's background process is gone: ",
        .evidence = {fmt::format("it was process {}", session.state->background->pid)},
        .fix = {.commands = {"envkeep restore --start >/dev/null"}, .text = "it starts it again"}};
    if (session.manifest.save_every) {
        finding.title += "nothing is saved by itself any more";
        finding.fix.commands.insert(finding.fix.commands.begin(), "envkeep save");
        finding.fix.text = "the first saves now, the second starts it again";
    } else if (session.manifest.snapshot.automatic == manifest::AutoSnapshot::on_change) {
        finding.title +=
            "no snapshot is taken by itself any more, and nobody renews the session's lease";
    } else {
        finding.title += "nobody renews the session's lease";
    }
    report.findings.push_back(std::move(finding));
}

void say_save(const Session& session, StatusReport& report) {
    if (session.state && !session.state->last_save_problem.empty()) {
        report.findings.push_back({.id = "save-failed",
                                   .severity = model::Severity::warning,
                                   .subject = "save",
                                   .title = "the last save could not write everything back",
                                   .evidence = {session.state->last_save_problem},
                                   .fix = {.commands = {"envkeep save"}}});
    }
}

void say_store(const World& world, const Session& session, StatusReport& report) {
    std::ranges::move(
        store::store_findings(session.store, report.probe, world.machine, world.files),
        std::back_inserter(report.findings));
    std::ranges::move(store::lease_findings(report.sessions), std::back_inserter(report.findings));
}

// What the last run said of each working copy, and which of them none has brought yet.
void say_copies(const World& world, const Session& session, StatusReport& report) {
    report.copies = last_copies(world, session);
    for (const WantedCopy& copy : wanted_copies(session)) {
        const auto last =
            std::ranges::find(report.copies, copy.wish.subject, &git::CopyReport::subject);
        if (last != report.copies.end()) {
            std::ranges::copy(last->findings, std::back_inserter(report.findings));
        }
        const Result<system::Status> there = world.files.follow(copy.wish.folder);
        if (there && there->kind == system::Kind::absent &&
            (last == report.copies.end() || !has_error(*last))) {
            report.findings.push_back(
                {.id = "git-not-fetched",
                 .severity = model::Severity::info,
                 .subject = copy.wish.subject,
                 .title =
                     copy.wish.subject + (copy.is_in_store ? " were" : " was") + " not fetched yet",
                 .evidence = {copy.wish.folder + " is not there"},
                 .fix = {.commands = {"envkeep sync"}, .text = {}}});
        }
    }
}

void say_probe(const store::Probe& probe, StatusReport& report) {
    if (probe.ignores_modes()) {
        report.findings.push_back(
            {.id = "store-modes-ignored",
             .severity = model::Severity::info,
             .subject = "store",
             .title = "this store does not keep file modes: private keys are copied to the home",
             .evidence = {fmt::format("{}: a chmod to 0600 did not hold", report.store)},
             .fix = {.text = "nothing to do; changes to the copies are saved back to the store"}});
    }
    if (probe.locks > system::Locks::honoured) {
        report.findings.push_back(
            {.id = "store-locks-missing",
             .severity = model::Severity::info,
             .subject = "store",
             .title = "file locks do not work on this store: databases in it fail or hang",
             .evidence = {fmt::format("{} ({}): locks are {}",
                                      report.store,
                                      printable(probe.mount_type),
                                      store::name_of(probe.locks))},
             .fix = {.text = "envkeep needs none; keep SQLite databases, as IPython's history, on "
                             "the local disk"}});
    }
    if (!probe.is_mounted) {
        report.findings.push_back(
            {.id = "store-not-mounted",
             .severity = model::Severity::warning,
             .subject = "store",
             .title = "the store lies on the container's own disk and is lost with it",
             .evidence = {fmt::format("{} is on the same mount as /", report.store)},
             .fix = {.who = model::Who::restart,
                     .text = "mount a persistent folder and give it with --store DIR to "
                             "'envkeep init'"}});
    }
}

}  // namespace

Result<StatusReport> status(const World& world, Session& session, const Listener& listener) {
    StatusReport report;
    Stopwatch watch(world.machine);
    ENVKEEP_TRY(Picture picture, look(world, session, {}, listener));
    report.timings = std::move(picture.timings);
    report.plan = std::move(picture.plan);
    note_import_price(world, session, picture.wanted, report.plan);
    report.findings = session.findings;
    report.findings.insert(
        report.findings.end(), report.plan.findings.begin(), report.plan.findings.end());
    report.problems = session.problems;
    report.home = session.home_path;
    report.store = session.store.path;
    report.store_because = session.choice.because;
    report.platform = session.platform.name;
    if (session.state) {
        report.probe = session.state->probe;
        const Result<system::Space> space = world.files.space(session.store.root);
        if (report.probe && space) {
            store::take_space(*space, *report.probe);  // the rest is as it was measured
        }
        report.hook_ran_at = session.state->hook_ran_at;
        report.last_save_at = session.state->last_save_at;
        report.background = live_background(world, session);
    }
    if (report.probe) {
        say_probe(*report.probe, report);
    }
    say_start(world, session, report);
    say_background(world, session, report);
    say_save(session, report);
    if (std::optional<model::Finding> full = full_home(world, session)) {
        report.findings.push_back(*std::move(full));
    }
    watch.lap("plan");
    ENVKEEP_TRY(report.sessions,
                store::list_leases(session.store, world.machine, world.files, nullptr));
    say_store(world, session, report);
    list_backups(world, session, report);
    say_only_here(world, session, report);
    watch.lap("sessions and backups");
    say_copies(world, session, report);
    ENVKEEP_TRY(report.layer, layer_status(world, session));
    std::ranges::copy(report.layer.findings, std::back_inserter(report.findings));
    watch.lap("snapshots");
    for (Timing& timing : watch.take()) {
        report.timings.push_back(std::move(timing));
    }
    const bool has_findings =
        std::any_of(report.findings.begin(), report.findings.end(), [](const auto& finding) {
            return finding.severity != model::Severity::info;
        });
    if (!report.problems.empty()) {
        report.ending = Ending::usage;
    } else if (!report.plan.is_empty() || has_findings) {
        report.ending = Ending::findings;
    }
    return report;
}

}  // namespace envkeep::engine

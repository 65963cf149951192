// SPDX-License-Identifier: MIT
#include "envkeep/engine/sync.hpp"

#include "engine/copy_records.hpp"
#include "engine/git_jobs.hpp"
#include "engine/stopwatch.hpp"
#include "envkeep/core/match.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/posix/process.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace envkeep::engine {
namespace {

using git::CopyReport;

bool publishes(Publish publish, manifest::Push push) {
    switch (publish) {
        case Publish::never:
            return false;
        case Publish::as_told:
            return push != manifest::Push::never;
        case Publish::at_snapshot:
            return push == manifest::Push::on_snapshot;
        case Publish::always:
            return true;
    }
    return false;
}

// As the report names it, as the manifest does, or by its path.
bool is_named(const WantedCopy& copy, const std::string& name) {
    return copy.wish.subject == name || copy.wish.subject == "~/" + name ||
           copy.wish.folder == name;
}

Result<void> refuse_unknown(const std::vector<WantedCopy>& copies,
                            const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        const bool is_known = std::ranges::any_of(
            copies, [&](const WantedCopy& copy) { return is_named(copy, name); });
        if (!is_known) {
            std::string known;
            for (const WantedCopy& copy : copies) {
                known += (known.empty() ? "" : ", ") + quoted(copy.wish.subject);
            }
            return failure(
                ErrorKind::usage,
                "the manifest has no repository " + quoted(name),
                known.empty() ? "it has none: add 'dotfiles:' or 'repos:'" : "it has " + known);
        }
    }
    return {};
}

std::vector<GitJob> jobs_for(std::vector<WantedCopy> copies, const SyncOptions& wishes) {
    std::vector<GitJob> jobs;
    for (WantedCopy& copy : copies) {
        const bool is_wanted =
            wishes.names.empty() || std::ranges::any_of(wishes.names, [&](const std::string& name) {
                return is_named(copy, name);
            });
        const bool publishes_it = publishes(wishes.publish, copy.push);
        const bool only_looks = wishes.publish == Publish::at_snapshot && !publishes_it;
        if (is_wanted && !(only_looks && copy.is_in_store)) {
            jobs.push_back({.copy = std::move(copy),
                            .publishes = publishes_it,
                            .makes_gone_branches = wishes.publish == Publish::always,
                            .message = wishes.message,
                            .only_looks = only_looks,
                            .tells_what_ends = true});
        }
    }
    return jobs;
}

std::vector<std::string> subjects_looked_at(const std::vector<GitJob>& jobs) {
    std::vector<std::string> subjects;
    for (const GitJob& job : jobs) {
        if (job.only_looks) {
            subjects.push_back(job.copy.wish.subject);
        }
    }
    return subjects;
}

// Until all are over. On SIGINT, SIGTERM and SIGHUP they are ended, and it is told what becomes of
// what they had begun.
void carry_out(GitJobs& jobs, const World& world, posix::SignalWaiter& signals) {
    constexpr std::chrono::milliseconds nap{100};
    while (!jobs.wait(std::chrono::steady_clock::now() + nap)) {
        if (signals.wait(std::chrono::milliseconds::zero())) {
            jobs.interrupt();
        }
    }
    jobs.tidy(world);
}

bool has_changed(const std::vector<CopyReport>& copies) {
    return std::ranges::any_of(
        copies, [](const CopyReport& copy) { return copy.change != git::CopyChange::nothing; });
}

// The text of the link that an action makes or takes away; empty if it is none.
std::string link_text(const model::Action& action) {
    return match(
        action,
        [](const model::MakeLink& made) { return made.target; },
        [](const model::ReplaceLink& replaced) { return replaced.new_target; },
        [](const model::ReplaceByLink& replaced) { return replaced.target; },
        [](const model::MoveAside& moved) { return moved.old_target; },
        [](const auto&) { return std::string(); });
}

// What says that it is not known what the dotfiles have.
bool is_of_unread_dotfiles(const model::Finding& finding) {
    return finding.id == "dotfiles-unreadable" || finding.id == "dotfiles-link-file";
}

// A run that ended after its copies and before their links leaves these to the next one.
Result<bool> are_links_due(const World& world, Session& session, SyncReport& report) {
    ENVKEEP_TRY(const Picture picture, look(world, session, {}, {}));
    for (const model::Finding& finding : picture.plan.findings) {
        if (is_of_unread_dotfiles(finding)) {
            report.findings.push_back(finding);
            report.ending = std::max(report.ending, Ending::findings);
        }
    }
    const std::string copies =
        world.files.absolute(session.store.place(store::names::repositories));
    return std::ranges::any_of(picture.plan.steps, [&](const model::Step& step) {
        return is_path_within(link_text(step.action), copies);
    });
}

Result<void> link_what_came(const World& world,
                            Session& session,
                            const SyncOptions& wishes,
                            const Listener& listener,
                            SyncReport& report) {
    if (!session.manifest.dotfiles) {
        return {};
    }
    bool are_due = has_changed(report.copies);
    if (!are_due && !wishes.follows_restore && wishes.publish != Publish::at_snapshot) {
        ENVKEEP_TRY(are_due, are_links_due(world, session, report));
    }
    if (are_due) {
        ENVKEEP_TRY(report.restored, restore(world, session, {}, listener));
        report.ending = std::max(report.ending, report.restored->ending);
    }
    return {};
}

model::Finding not_linked(const Error& error) {
    return {.id = "dotfiles-not-linked",
            .severity = model::Severity::warning,
            .subject = "dotfiles",
            .title = "the dotfiles are not linked",
            .evidence = {error.message},
            .fix = {.commands = {"envkeep restore"}, .text = error.hint}};
}

// From the copy itself: a record here knows nothing of what another session or git fetched.
std::string fetched_at(const World& world, const std::string& folder) {
    const Result<system::Status> mark = world.files.follow(folder + "/.git/FETCH_HEAD");
    return mark && mark->kind == system::Kind::file ? utc_text(mark->modified) : std::string();
}

}  // namespace

Result<SyncReport> sync(const World& world,
                        const Options& options,
                        Session& session,
                        const SyncOptions& wishes,
                        const MakeWorld& make_world,
                        const Listener& listener) {
    SyncReport report{.findings = session.findings, .problems = session.problems};
    if (!report.problems.empty()) {
        report.ending = Ending::usage;
        return report;
    }
    std::vector<WantedCopy> copies = wanted_copies(session);
    ENVKEEP_CHECK(refuse_unknown(copies, wishes.names));
    std::vector<GitJob> jobs = jobs_for(std::move(copies), wishes);
    if (wishes.publish == Publish::as_told && !wishes.message.empty() && !jobs.empty() &&
        std::ranges::none_of(jobs, &GitJob::publishes)) {
        return failure(ErrorKind::usage,
                       "there is nothing to commit: the manifest says 'push: never'",
                       "'--push' commits and pushes all the same");
    }
    if (jobs.empty() || world.network == nullptr) {
        return report;
    }
    Stopwatch watch(world.machine);
    {
        posix::SignalWaiter signals;
        const std::vector<std::string> looked_at = subjects_looked_at(jobs);
        GitJobs running(std::move(jobs), options, make_world, listener);
        carry_out(running, world, signals);
        for (CopyReport& copy : running.reports()) {
            if (std::ranges::find(looked_at, copy.subject) == looked_at.end()) {
                report.copies.push_back(std::move(copy));
            } else {
                std::ranges::move(copy.findings, std::back_inserter(report.findings));
            }
        }
    }
    report.ending = ending_of(report.copies);
    watch.lap("git");
    report.timings = watch.take();
    // What was done to the copies is told whatever becomes of their links.
    if (const Result<void> linked = link_what_came(world, session, wishes, listener, report);
        !linked) {
        report.ending = std::max(
            report.ending, linked.error().kind == ErrorKind::busy ? Ending::busy : Ending::partly);
        report.findings.push_back(not_linked(linked.error()));
    }
    return report;
}

std::vector<CopyReport> last_copies(const World& world, const Session& session) {
    std::vector<CopyReport> records = copy_records(world, session.home);
    std::vector<CopyReport> last;
    for (const WantedCopy& copy : wanted_copies(session)) {
        const auto record = std::ranges::find(records, copy.wish.subject, &CopyReport::subject);
        if (record != records.end()) {
            last.push_back(*record);
            last.back().fetched_at = fetched_at(world, copy.wish.folder);
        }
    }
    return last;
}

}  // namespace envkeep::engine

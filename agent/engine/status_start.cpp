// SPDX-License-Identifier: MIT
#include "engine/status_start.hpp"

#include "engine/start_note.hpp"
#include "engine/start_reports.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

namespace envkeep::engine {
namespace {

// A line that came into pre-run.sh after this container had started could not have run here.
bool was_installed_in_this_session(const World& world, const Session& session) {
    const Result<system::Status> hook = world.files.status(session.store.place(store::names::hook));
    return hook && hook->kind == system::Kind::file && hook->modified > session.container_start;
}

// `init` makes no pre-run.sh where a platform has another place for the line.
std::string not_known_to_read_it(const World& world, const Session& session) {
    const store::Platform& platform = session.platform;
    const auto script = world.files.follow(session.store.base_path + "/pre-run.sh");
    if (script && script->kind == system::Kind::absent) {
        return fmt::format("{}: {}", platform.name, platform.because);
    }
    return fmt::format("this image is not known to read {}/pre-run.sh{}{}",
                       session.store.base_path,
                       platform.hook_because.empty() ? "" : ": ",
                       platform.hook_because);
}

void say_not_run(const World& world, Session& session, StatusReport& report) {
    session.platform = store::detect_platform(world.machine, session.store.base_path);
    model::Finding finding{.id = "start-line-not-run",
                           .severity = model::Severity::warning,
                           .subject = "start",
                           .title = "the start line did not run in this container"};
    if (session.platform.runs_pre_run && was_installed_in_this_session(world, session)) {
        finding.severity = model::Severity::info;
        finding.title = "the start line is in place; it runs at the next start";
        finding.fix.text = "nothing to do: 'envkeep restore' brings everything by hand until then";
    } else if (session.platform.runs_pre_run) {
        finding.evidence = {session.platform.hook_because};
        finding.fix.commands = {"envkeep hook install", "envkeep restore"};
    } else {
        finding.evidence = {not_known_to_read_it(world, session)};
        finding.fix.commands = {"envkeep restore", "envkeep hook print"};
        finding.fix.text =
            fmt::format("paste what the second command prints {}", session.platform.advice.where);
    }
    report.findings.push_back(std::move(finding));
}

// It is only in the way of the user as long as nobody has done its work by hand.
model::Severity severity_of(const Session& session, model::Severity severity) {
    const bool is_done_by_hand = session.state && session.state->hook_ran_at.empty();
    return is_done_by_hand ? model::Severity::info : severity;
}

StartSeen say_begun(const World& world,
                    const Session& session,
                    const store::StartStamp& stamp,
                    StatusReport& report) {
    model::Finding finding{.id = "start-failed",
                           .severity = severity_of(session, model::Severity::error),
                           .subject = "start",
                           .title = "the start line ran here and could not do its work",
                           .evidence = {fmt::format("it began at {}", printable(stamp.began))},
                           .fix = {.commands = {"envkeep restore"}}};
    if (!stamp.problem.empty()) {
        finding.evidence.push_back(printable(stamp.problem));
    }
    StartSeen seen = StartSeen::failed;
    if (world.machine.is_alive(stamp.worker)) {
        seen = StartSeen::under_way;
        finding.id = "start-under-way";
        finding.severity = model::Severity::warning;
        finding.title = "the start line began and is not done yet";
        finding.evidence.push_back(fmt::format("process {} is at it", stamp.worker.pid));
        finding.fix.text = "once that process has ended; if it never does, the store hangs";
    } else if (stamp.problem.empty()) {
        seen = StartSeen::not_ended;
        finding.id = "start-did-not-end";
        finding.severity = severity_of(session, model::Severity::warning);
        finding.title = "the start line began here and did not end: something killed it";
    }
    report.findings.push_back(std::move(finding));
    return seen;
}

// hook.sh writes when it ended a start whose program may not even have begun: the store hangs.
std::string killed_at(const World& world, const Session& session) {
    constexpr std::uint64_t largest = 64;
    const system::Place place = system::Place{.root = session.home, .path = {}}
                                    .child(store::names::state)
                                    .child("start-killed");
    const Result<system::Status> status = world.files.status(place);
    return status && status->kind == system::Kind::file &&
                   status->modified > session.container_start
               ? std::string(trimmed(world.files.read_file(place, largest).value_or("")))
               : std::string();
}

void say_killed(const std::string& when, const Session& session, StatusReport& report) {
    report.start = StartSeen::not_ended;
    report.findings.push_back(
        {.id = "start-did-not-end",
         .severity = severity_of(session, model::Severity::warning),
         .subject = "start",
         .title = "the start line ran here, and the store did not answer within its limit",
         .evidence = {fmt::format("it was ended at {}", printable(when))},
         .fix = {.commands = {"envkeep restore"}}});
}

bool has_run(const StatusReport& report, const std::optional<store::StartStamp>& stamp) {
    return !report.hook_ran_at.empty() && (!stamp || report.hook_ran_at >= stamp->began);
}

// A home that is full takes no word of a start: what the store has of it counts.
void take_filed(const World& world,
                const Session& session,
                std::optional<store::StartStamp>& stamp,
                StatusReport& report) {
    const bool is_known =
        stamp && (!stamp->problem.empty() || world.machine.is_alive(stamp->worker));
    const std::optional<FiledReport> filed = is_known ? std::nullopt : last_report(world, session);
    if (!filed || (stamp && filed->at < stamp->began)) {
        return;
    }
    if (filed->problem.empty()) {
        report.hook_ran_at = filed->at;
    } else {
        stamp = store::StartStamp{
            .container = session.container, .began = filed->at, .problem = filed->problem};
    }
}

}  // namespace

void say_start(const World& world, Session& session, StatusReport& report) {
    std::optional<store::StartStamp> stamp =
        store::load_start_stamp(session.home, session.container, world.files);
    if (!has_run(report, stamp)) {
        take_filed(world, session, stamp, report);
    }
    const std::string off = switched_off_by(world, session.store.base_path);
    if (!off.empty()) {
        report.findings.push_back(switched_off_finding(off, session.store.base_path));
    }
    const std::string killed = killed_at(world, session);
    const bool is_last = killed > report.hook_ran_at && (!stamp || killed > stamp->began);
    if (is_last) {
        say_killed(killed, session, report);
    } else if (has_run(report, stamp)) {
        report.start = StartSeen::ran;
    } else if (!off.empty()) {
        report.start = StartSeen::switched_off;
    } else if (stamp) {
        report.start = say_begun(world, session, *stamp, report);
    } else {
        report.start = StartSeen::not_run;
        say_not_run(world, session, report);
    }
}

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#include "cli/render_report.hpp"

#include "cli/document.hpp"
#include "cli/pasteable.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_json.hpp"
#include "cli/render_snapshot.hpp"
#include "cli/render_sync.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace envkeep::cli {
namespace {

using model::Severity;
using model::StepResult;

std::string joined(const std::string& one, const std::string& other) {
    return one.empty() || other.empty() ? one + other : one + ", " + other;
}

std::string done_text(const engine::RestoreReport& report) {
    const std::size_t conflicts = report.plan.conflicts.size();
    return joined(joined(counts_text(report.plan, report.outcome),
                         conflicts == 0 ? std::string{} : counted(conflicts, "conflict")),
                  waiting_text(report.plan));
}

// Of the snapshot, which a line of its own tells.
bool did_bring_files(const engine::RestoreReport& report) {
    const auto& layer = report.layer;
    return layer && layer->record && (layer->planned_files > 0 || layer->removed > 0);
}

std::string summary_text(const engine::RestoreReport& report, const View& view) {
    const std::string done = done_text(report);
    const std::string time = timings_text(report.timings);
    if (done.empty()) {
        return view.line(fmt::format("{}{}, {}",
                                     did_bring_files(report) ? "" : "nothing to do: ",
                                     keeps_text(report.plan),
                                     time),
                         4);
    }
    if (report.outcome.steps.empty()) {
        return view.line(
            fmt::format("nothing was changed: {}, {}, {}", done, keeps_text(report.plan), time), 4);
    }
    const bool is_whole = report.ending == engine::Ending::well;
    std::string out = view.line(
        fmt::format("{} in {}", view.painted(is_whole ? Tone::good : Tone::strong, done), time), 4);
    if (report.backups.copied > 0) {
        out += fmt::format("what stood in the way is also in the store's backups: {}\n",
                           human_size(report.backups.copied));
    }
    if (!report.outcome.run.empty()) {
        out += fmt::format("taken back with: envkeep undo {}\n", printable(report.outcome.run));
    }
    return out;
}

Json backups_json(const store::BackupReport& backups) {
    Json json = Json::object();
    json.set("copied_bytes", backups.copied);
    json.set("held_before_bytes", backups.held_before);
    json.set("only_here", paths_json(backups.only_here));
    return json;
}

std::size_t count_of(const std::vector<model::Finding>& findings, Severity severity) {
    return static_cast<std::size_t>(
        std::ranges::count(findings, severity, &model::Finding::severity));
}

bool is_aside(const model::Finding& finding) {
    return finding.id == "snapshot-aside";
}

bool is_left_out(const model::Finding& finding) {
    return finding.id == "start-step-left-out";
}

// What of a start somebody must look at: "1 conflict, 2 warnings"; empty if there is nothing.
std::string trouble_text(const engine::RestoreReport& report) {
    std::vector<model::Finding> findings =
        other_findings(findings_of(report), report.plan.conflicts);
    // A line of its own tells of each.
    std::erase_if(findings, is_aside);
    std::erase_if(findings, is_left_out);
    std::string out;
    const auto add = [&](std::size_t count, std::string_view noun) {
        out = joined(out, count == 0 ? std::string{} : counted(count, noun));
    };
    add(report.problems.size(), "problem");
    add(report.plan.conflicts.size(), "conflict");
    add(report.outcome.count(StepResult::failed), "failed step");
    add(report.outcome.count(StepResult::pending), "pending step");
    add(count_of(findings, Severity::error), "error");
    add(count_of(findings, Severity::warning), "warning");
    return out;
}

// One line; empty unless the GPU, or what notebooks use it with, is broken.
std::string gpu_text(const engine::RestoreReport& report) {
    if (!report.gpu) {
        return {};
    }
    const std::vector<model::Finding>& findings = report.gpu->findings;
    const auto cause = std::ranges::find(findings, Severity::error, &model::Finding::severity);
    return cause == findings.end()
               ? std::string{}
               : fmt::format(
                     "envkeep: {}{}; see 'envkeep doctor'",
                     report.gpu->ending == engine::Ending::gpu ? "the GPU does not work: " : "",
                     printable(cause->title));
}

// For the first terminal; status does not know what went aside or was left out, nor of the GPU.
std::string notice_text(const engine::RestoreReport& report) {
    const std::string trouble = trouble_text(report);
    std::string notice =
        trouble.empty() ? std::string{}
                        : fmt::format("envkeep: {} at the start; see 'envkeep status'", trouble);
    const auto left_out = std::ranges::find_if(report.findings, is_left_out);
    if (left_out != report.findings.end()) {
        notice += fmt::format("{}envkeep: {}; 'envkeep restore' does it by hand",
                              notice.empty() ? "" : "\n",
                              printable(left_out->title));
    }
    if (const std::string gpu = gpu_text(report); !gpu.empty()) {
        notice += (notice.empty() ? "" : "\n") + gpu;
    }
    const auto aside = std::ranges::find_if(report.findings, is_aside);
    if (aside != report.findings.end() && !aside->fix.commands.empty()) {
        notice += fmt::format("{}envkeep: {}; to have it back: '{}'",
                              notice.empty() ? "" : "\n",
                              printable(aside->title),
                              printable_command(aside->fix.commands.front()));
    }
    return notice;
}

// A line each for what is only fetched later, as where there is no network; the report has the
// rest.
std::string later_text(const std::vector<git::CopyReport>& copies,
                       std::vector<model::Finding>& findings) {
    std::string out;
    for (const git::CopyReport& copy : copies) {
        if (!copy.is_network_at_fault || copy.findings.empty()) {
            continue;
        }
        out += fmt::format("envkeep: {}: {}; {}\n",
                           printable(copy.subject),
                           printable(copy.findings.front().title),
                           copy.after.empty() ? "it is not here yet" : "what is here stays");
        std::erase_if(findings, [&](const model::Finding& finding) {
            return std::ranges::find(copy.findings, finding) != copy.findings.end();
        });
    }
    for (const model::Finding& finding : findings) {
        if (finding.id == "git-under-way") {
            out += fmt::format(
                "envkeep: {}: {}\n", printable(finding.subject), printable(finding.title));
        }
    }
    return out;
}

std::string start_text(const engine::RestoreReport& report, const AbsoluteOf& absolute, View view) {
    view.quiet = true;
    const std::string done = done_text(report);
    std::string out;
    if (!done.empty()) {
        out += fmt::format("envkeep: {} in {}\n", done, timings_text(report.timings));
    }
    out += problems_text(report.problems);
    out += outcome_text(report.plan, report.outcome, absolute, view);
    out += conflicts_text(report.plan.conflicts, view);
    std::vector<model::Finding> findings =
        other_findings(findings_of(report), report.plan.conflicts);
    const std::string later = later_text(report.copies, findings);
    out += findings_text(findings, view) + later;
    const std::string gpu = gpu_text(report);
    return gpu.empty() ? out : out + gpu + '\n';
}

std::size_t in_order_of(const model::Plan& plan) {
    return static_cast<std::size_t>(
        std::ranges::count(plan.keeps, model::KeepState::in_order, &model::KeepRow::state));
}

}  // namespace

std::string in_order_text(const model::Plan& plan) {
    const std::size_t in_order = in_order_of(plan);
    return in_order == plan.keeps.size()
               ? fmt::format("{} in order", in_order)
               : fmt::format("{} of {} in order", in_order, plan.keeps.size());
}

std::string keeps_text(const model::Plan& plan) {
    const std::size_t in_order = in_order_of(plan);
    const std::string all = counted(plan.keeps.size(), "keep");
    return in_order == plan.keeps.size() ? all + " in order"
                                         : fmt::format("{} of {} in order", in_order, all);
}

std::string waiting_text(const model::Plan& plan) {
    const std::size_t waiting = plan.waiting();
    return waiting == 0 ? std::string{}
                        : fmt::format("{} {} for the store",
                                      counted(waiting, "keep"),
                                      waiting == 1 ? "waits" : "wait");
}

std::vector<model::Finding> other_findings(const std::vector<model::Finding>& findings,
                                           const std::vector<model::Conflict>& conflicts) {
    std::set<std::string_view> subjects;
    for (const model::Conflict& conflict : conflicts) {
        subjects.insert(conflict.subject);
    }
    std::vector<model::Finding> others;
    std::ranges::copy_if(findings, std::back_inserter(others), [&](const model::Finding& finding) {
        const bool is_conflict =
            finding.id == "keep-conflict" && subjects.contains(finding.subject);
        return finding.id != "manifest-problem" && !is_conflict;
    });
    return others;
}

std::string session_text(const engine::Session& session, const View& view) {
    if (!view.verbose) {
        return {};
    }
    return fmt::format("home      {}\nstore     {}, by {}\nmanifest  {}\n",
                       printable(session.home_path),
                       view.path(session.store.path),
                       printable(session.choice.because),
                       view.path(session.manifest_file));
}

std::vector<model::Finding> findings_of(const engine::RestoreReport& report) {
    return merged({report.findings, report.plan.findings, report.outcome.findings});
}

std::string restore_text(const engine::RestoreReport& report,
                         const AbsoluteOf& absolute,
                         const View& view) {
    std::string out = outcome_text(report.plan, report.outcome, absolute, view);
    out += conflicts_text(report.plan.conflicts, view);
    out += findings_text(other_findings(findings_of(report), report.plan.conflicts), view);
    const bool is_silent = view.quiet && report.ending == engine::Ending::well;
    return is_silent ? out : out + summary_text(report, view);
}

void add_restore(Json& members, const engine::RestoreReport& report, const AbsoluteOf& absolute) {
    members.set("run", report.outcome.run);
    add_plan(members, report.plan, &report.outcome, absolute);
    if (report.layer) {
        members.set("snapshot", json_of(*report.layer));
    }
    if (!report.copies.empty()) {
        members.set("repositories", json_of(report.copies));
    }
    members.set("problems", json_of(report.problems));
    members.set("backups", backups_json(report.backups));
    members.set("timings", json_of(report.timings));
}

engine::RenderedReport start_report(const Result<engine::RestoreReport>& report,
                                    const AbsoluteOf& absolute,
                                    const View& view) {
    if (!report) {
        const Error& error = report.error();
        std::string text = fmt::format("envkeep: {}\n", printable(error.message));
        if (!error.hint.empty()) {
            text += fmt::format("envkeep: {}\n", printable(error.hint));
        }
        return {.text = std::move(text),
                .json = document_of("restore", error).compact(),
                .notice = fmt::format("envkeep: the start failed: {}; see 'envkeep status'",
                                      printable(error.message))};
    }
    Reply reply{.ending = report->ending, .findings = findings_of(*report)};
    if (report->gpu) {
        reply.findings = merged({reply.findings, report->gpu->findings});
    }
    add_restore(reply.members, *report, absolute);
    return {.text = start_text(*report, absolute, view),
            .json = document_of("restore", reply).compact(),
            .notice = notice_text(*report),
            .gpu_notice = gpu_text(*report)};
}

}  // namespace envkeep::cli

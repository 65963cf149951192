// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_json.hpp"
#include "cli/reply.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/history.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::cli {
namespace {

constexpr std::array undo_examples{
    Example{"envkeep undo", "take back the last run that changed something"},
    Example{"envkeep undo 20261120T232459Z", "take back that one; 'envkeep log' lists them"},
};

constexpr std::array undo_exits{
    ExitUse{0, "taken back"},
    ExitUse{2, "there is no such run, or it was taken back already"},
    ExitUse{
        3,
        "a place changed since, or cannot be looked at, or other sessions may have links to it: "
        "that part stays, the rest is taken back; or all of it was in a home that is gone"},
    ExitUse{4, "the store is missing, empty or another one"},
    ExitUse{5, "another session is changing the store"},
};

const model::StepOutcome* outcome_of(const model::Outcome& outcome, std::size_t step) {
    for (const model::StepOutcome& one : outcome.steps) {
        if (one.step == step) {
            return &one;
        }
    }
    return nullptr;
}

std::string_view result_of(const keep::UndoStep& step, const model::StepOutcome* outcome) {
    if (!step.conflict.empty()) {
        return "conflict";
    }
    if (outcome == nullptr || outcome->result == model::StepResult::skipped) {
        return "skipped";
    }
    return outcome->result == model::StepResult::failed ? "failed" : "done";
}

Json steps_json(const engine::UndoReport& report) {
    Json list = Json::array();
    for (std::size_t i = 0; i < report.plan.steps.size(); ++i) {
        const keep::UndoStep& step = report.plan.steps[i];
        const model::StepOutcome* const outcome = outcome_of(report.outcome, i);
        Json json = Json::object();
        json.set("what", printable(step.what));
        json.set("path", json_bytes(step.change.path));
        json.set("result", result_of(step, outcome));
        if (!step.conflict.empty()) {
            json.set("conflict", printable(step.conflict));
        }
        if (outcome != nullptr && outcome->error) {
            json.set("error", json_of(*outcome->error));
        }
        list.add(std::move(json));
    }
    return list;
}

Row row_of(const keep::UndoStep& step, const model::StepOutcome* outcome) {
    const std::string_view result = result_of(step, outcome);
    Row row{.tone = result == "done" ? Tone::good : Tone::error,
            .verb = std::string(result),
            .subject = printable(step.what),
            .detail = {},
            .why = printable(step.conflict),
            .notes = {}};
    if (step.conflict.empty() && outcome != nullptr && outcome->error) {
        row.notes.push_back(printable(outcome->error->message));
    }
    // What else goes aside is empty, or stands in the store too.
    if (outcome != nullptr && step.change.kind == store::Change::Kind::replaced_file &&
        !outcome->note.empty()) {
        row.notes.push_back(printable(outcome->note));
    }
    return row;
}

// "restore, 3 min ago": a run that was meant to be another one must catch the eye.
std::string words_for_run(const store::Run& run, WallTime now) {
    const std::optional<WallTime> when = parse_utc(run.started);
    return fmt::format("{}, {}",
                       printable(run.command),
                       when ? age_text(now - *when) + " ago" : printable(run.started));
}

std::string text_of(const engine::UndoReport& report, WallTime now, const View& view) {
    std::vector<Row> rows;
    std::size_t done = 0;
    for (std::size_t i = 0; i < report.plan.steps.size(); ++i) {
        Row row = row_of(report.plan.steps[i], outcome_of(report.outcome, i));
        done += row.verb == "done" ? 1U : 0U;
        if (!view.quiet || row.verb != "done") {
            rows.push_back(std::move(row));
        }
    }
    std::string out = rows_text(rows, view) + findings_text(report.outcome.findings, view);
    if (!view.quiet) {
        out += fmt::format("took back {} of {} of run {} ({})\n",
                           done,
                           counted(report.plan.steps.size(), "change"),
                           printable(report.plan.run.run.id),
                           words_for_run(report.plan.run.run, now));
        if (done < report.plan.steps.size()) {
            out += fmt::format("the rest, once it can be: envkeep undo {}\n",
                               printable(report.plan.run.run.id));
        }
        if (!report.run.empty()) {
            out += fmt::format("taken back again with: envkeep undo {}\n", printable(report.run));
        }
    }
    return out;
}

Result<Reply> run_undo(const Arguments& arguments, Context& context) {
    ENVKEEP_TRY(engine::Session session, context.session());
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(
        const engine::UndoReport report,
        engine::undo(world, session, arguments.operands.empty() ? "" : arguments.operands.front()));
    Reply reply{.ending = report.ending, .findings = report.outcome.findings};
    if (context.wants_json()) {
        reply.members.set("run", report.run);
        reply.members.set("undone", report.plan.run.run.id);
        reply.members.set("steps", steps_json(report));
        reply.members.set("not_here", static_cast<std::uint64_t>(report.plan.not_here));
    } else {
        reply.text = text_of(report, world.machine.now(), context.view(session.home_path));
    }
    return reply;
}

}  // namespace

constinit const Command undo_command{
    .name = "undo",
    .summary = "take back what a run changed",
    .details =
        "Without RUN the last one of this container and home that is not taken back yet; a unique "
        "beginning of its id will do. Takes back what the run did to this home in this container, "
        "and what it did to store and manifest; of places elsewhere what the manifest names, or did "
        "before. No mode comes back by which others could write, or read a secret. "
        "Where something changed since, that part is left alone and told. Undoing is a run of its "
        "own, and can be undone. 'init' and 'hook' are no "
        "runs, and of 'uninstall' only the links come back.",
    .operands = {.name = "RUN", .most = 1},
    .examples = undo_examples,
    .exits = undo_exits,
    .run = run_undo};

}  // namespace envkeep::cli

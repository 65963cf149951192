// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/exit_code.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_json.hpp"
#include "cli/render_report.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::cli {
namespace {

constexpr std::array examples{
    Example{"envkeep plan", "what 'envkeep restore' would do"},
    Example{"envkeep plan --json", "the same for a program"},
};

constexpr std::array exits{
    ExitUse{0, "nothing to do"},
    ExitUse{1, "there is something to do"},
    ExitUse{2, "the manifest must be corrected; the plan is of its sound entries"},
    ExitUse{4, "the store is missing, empty or another one"},
};

// A start carries out the sound entries of a manifest with mistakes; 'restore' waits.
std::string_view who_does_it(const model::Plan& plan, bool is_sound) {
    if (plan.steps.empty()) {
        return {};
    }
    return is_sound ? "; 'envkeep restore' does what is to do"
                    : "; a start does it, 'envkeep restore' once the manifest is corrected";
}

std::string summary_text(const model::Plan& plan,
                         bool is_sound,
                         const std::vector<engine::Timing>& timings,
                         const View& view) {
    if (plan.is_empty()) {
        return view.line(
            fmt::format("{}: {}, {}",
                        is_sound ? "nothing to do" : "nothing to do for the sound entries",
                        keeps_text(plan),
                        timings_text(timings)),
            4);
    }
    std::string out = counts_text(plan);
    if (!plan.conflicts.empty()) {
        out += fmt::format(
            "{}{}", out.empty() ? "" : ", ", counted(plan.conflicts.size(), "conflict"));
    }
    if (const std::string waiting = waiting_text(plan); !waiting.empty()) {
        out += (out.empty() ? "" : ", ") + waiting;
    }
    return view.line(fmt::format("{}{}", out, who_does_it(plan, is_sound)), 4);
}

engine::Ending ending_of(const engine::Session& session, const model::Plan& plan) {
    const engine::Ending differs =
        plan.is_empty() && !plan.is_partly() ? engine::Ending::well : engine::Ending::findings;
    return session.problems.empty() ? differs : worse(differs, engine::Ending::usage);
}

Result<Reply> run(const Arguments& /*arguments*/, Context& context) {
    ENVKEEP_TRY(engine::Session session, context.session());
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(engine::Picture picture, engine::look(world, session, {}, context.listener()));
    const std::vector<engine::Timing> timings = context.timings(std::move(picture.timings));
    const model::Plan& plan = picture.plan;
    Reply reply{.ending = ending_of(session, plan),
                .findings = merged({session.findings, plan.findings})};
    if (context.wants_json()) {
        add_plan(reply.members, plan, nullptr, context.absolute_of());
        reply.members.set("problems", json_of(session.problems));
        reply.members.set("timings", json_of(timings));
        return reply;
    }
    const View view = context.view(session);
    reply.errors = problems_text(session.problems);
    reply.text = session_text(session, view) + plan_text(plan, context.absolute_of(), view) +
                 conflicts_text(plan.conflicts, view) +
                 findings_text(other_findings(reply.findings, plan.conflicts), view);
    if (!view.quiet || !plan.is_empty()) {
        reply.text += summary_text(plan, session.problems.empty(), timings, view);
    }
    return reply;
}

}  // namespace

constinit const Command plan_command{
    .name = "plan",
    .summary = "show what 'restore' would do; nothing is touched",
    .details =
        "Computes the very plan that 'restore' carries out and prints it: a line for each change "
        "with why, then the conflicts that only you can decide.",
    .examples = examples,
    .exits = exits,
    .works_with_root = true,
    .run = run};

}  // namespace envkeep::cli

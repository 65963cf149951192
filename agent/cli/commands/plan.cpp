// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/exit_code.hpp"
#include "cli/layer_choice.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_forecast.hpp"
#include "cli/render_json.hpp"
#include "cli/render_report.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/layer_forecast.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace envkeep::cli {
namespace {

constexpr std::array plan_flags{
    Flag{.name = "--at",
         .value = "ID",
         .help = "what 'envkeep restore --at ID' would bring back of that snapshot"},
    Flag{.name = "--only",
         .value = "DOMAIN",
         .help = "with --at: only these of the snapshot's files",
         .choices = layer_domains,
         .is_repeatable = true},
};

constexpr std::array plan_examples{
    Example{"envkeep plan", "what 'envkeep restore' would do"},
    Example{"envkeep plan --at 20261124T1", "what going back to that snapshot would do"},
    Example{"envkeep plan --json", "the same for a program"},
};

constexpr std::array plan_exits{
    ExitUse{0, "nothing to do"},
    ExitUse{1, "there is something to do"},
    ExitUse{2,
            "the manifest must be corrected, and the plan is of its sound entries; or wrong use"},
    ExitUse{4, "the store is missing, empty or another one"},
};

// A start carries out the sound entries of a manifest with mistakes; 'restore' waits.
std::string who_does_it(bool has_work, bool is_sound, const std::string& at) {
    if (!has_work) {
        return {};
    }
    return is_sound ? fmt::format("; 'envkeep restore{}' does what is to do",
                                  at.empty() ? "" : " --at " + printable(at))
                    : "; a start does it, 'envkeep restore' once the manifest is corrected";
}

struct Told {
    const model::Plan& plan;
    const engine::LayerForecast& layer;
    const std::string& at;
    bool is_sound;
};

std::string summary_text(const Told& told,
                         const std::vector<engine::Timing>& timings,
                         const View& view) {
    const model::Plan& plan = told.plan;
    const bool is_sound = told.is_sound;
    const bool has_work = !plan.steps.empty() || !told.layer.is_empty();
    if (plan.is_empty() && has_work) {
        return view.line(fmt::format("{}, {}{}",
                                     keeps_text(plan),
                                     timings_text(timings),
                                     who_does_it(has_work, is_sound, told.at)),
                         4);
    }
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
    return view.line(fmt::format("{}{}", out, who_does_it(has_work, is_sound, told.at)), 4);
}

engine::Ending ending_of_plan(const engine::Session& session,
                              const model::Plan& plan,
                              const engine::LayerForecast& layer) {
    const engine::Ending differs = plan.is_empty() && !plan.is_partly() && layer.is_empty()
                                       ? engine::Ending::well
                                       : engine::Ending::findings;
    return session.problems.empty() ? differs : worse(differs, engine::Ending::usage);
}

// None where this machine is only captured, and none was asked for.
Result<engine::LayerForecast> forecast_of(const Arguments& arguments,
                                          const engine::World& world,
                                          engine::Session& session,
                                          Context& context) {
    if (world.trees == nullptr && !arguments.has("--at")) {
        return engine::LayerForecast{};
    }
    return engine::forecast_layer(
        world,
        session,
        {.at = arguments.value("--at"), .only = arguments.values("--only")},
        context.listener());
}

Result<Reply> run_plan(const Arguments& arguments, Context& context) {
    ENVKEEP_CHECK(check_layer_choice("plan", arguments));
    ENVKEEP_TRY(engine::Session session, context.session());
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(engine::Picture picture, engine::look(world, session, {}, context.listener()));
    ENVKEEP_TRY(engine::LayerForecast layer, forecast_of(arguments, world, session, context));
    std::ranges::move(layer.timings, std::back_inserter(picture.timings));
    const std::vector<engine::Timing> timings = context.timings(std::move(picture.timings));
    const model::Plan& plan = picture.plan;
    Reply reply{.ending = ending_of_plan(session, plan, layer),
                .findings = merged({session.findings, plan.findings, layer.findings})};
    if (context.wants_json()) {
        add_plan(reply.members, plan, nullptr, context.absolute_of());
        reply.members.set("snapshot", json_of(layer));
        reply.members.set("problems", json_of(session.problems));
        reply.members.set("timings", json_of(timings));
        return reply;
    }
    const View view = context.view(session);
    reply.errors = problems_text(session.problems);
    reply.text = session_text(session, view) + plan_text(plan, context.absolute_of(), view) +
                 forecast_text(layer, view) + conflicts_text(plan.conflicts, view) +
                 findings_text(other_findings(reply.findings, plan.conflicts), view);
    if (!view.quiet || !plan.is_empty()) {
        const std::string at = arguments.value("--at");
        reply.text += summary_text(
            {.plan = plan, .layer = layer, .at = at, .is_sound = session.problems.empty()},
            timings,
            view);
    }
    return reply;
}

}  // namespace

constinit const Command plan_command{
    .name = "plan",
    .summary = "show what 'restore' would do; nothing is touched",
    .details =
        "Computes the very plan that 'restore' carries out and prints it: a line for each change "
        "with why, what a snapshot would bring back, replace, move aside and remove, what of it "
        "does not fit this image, then the conflicts that only you can decide.",
    .flags = plan_flags,
    .examples = plan_examples,
    .exits = plan_exits,
    .works_with_root = true,
    .run = run_plan};

}  // namespace envkeep::cli

// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_json.hpp"
#include "cli/render_report.hpp"
#include "cli/render_snapshot.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace envkeep::cli {
namespace {

constexpr std::array verify_flags{
    Flag{.name = "--deep",
         .help = "read every byte that the snapshot recorded again, and prove it by its digest"},
};

constexpr std::array verify_examples{
    Example{"envkeep verify", "a line each for manifest and snapshot, and the differences"},
    Example{"envkeep verify --deep", "identical, byte for byte?"},
    Example{"envkeep verify --quiet || envkeep diff", "in a script"},
};

constexpr std::array verify_exits{
    ExitUse{0, "the home is as the manifest says, the session as its snapshot"},
    ExitUse{1, "it differs, or could not be looked at"},
    ExitUse{2, "the manifest must be corrected first"},
    ExitUse{4, "the store is missing, empty or another one"},
};

bool is_lacking(const model::Finding& finding) {
    return finding.severity != model::Severity::info;
}

// `lacks`: the GPU is not as the manifest wants it.
std::string line_text(const model::Plan& plan, bool lacks, const View& view) {
    if (plan.is_empty() && !lacks) {
        return fmt::format(
            "{}: {}\n", view.painted(Tone::good, "as the manifest says"), keeps_text(plan));
    }
    std::string what = plan.steps.empty() ? "" : counted(plan.steps.size(), "step") + " to do";
    if (!plan.conflicts.empty()) {
        what += fmt::format(
            "{}{}", what.empty() ? "" : ", ", counted(plan.conflicts.size(), "conflict"));
    }
    if (const std::string waiting = waiting_text(plan); !waiting.empty()) {
        what += (what.empty() ? "" : ", ") + waiting;
    }
    if (lacks) {
        what += (what.empty() ? "" : ", ") + std::string("the GPU is not as wanted");
    }
    return fmt::format("{}: {}, {}\n",
                       view.painted(Tone::warning, "differs from the manifest"),
                       keeps_text(plan),
                       what);
}

Result<Reply> run_verify(const Arguments& arguments, Context& context) {
    ENVKEEP_TRY(engine::Session session, context.session());
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(engine::Picture picture, engine::look(world, session, {}, context.listener()));
    const model::Plan& plan = picture.plan;
    const std::vector<model::Finding> unmet = engine::unmet_wishes(world, session);
    const bool lacks = std::ranges::any_of(unmet, is_lacking);
    const bool is_as_wanted = plan.is_empty() && !plan.is_partly() && !lacks;
    ENVKEEP_TRY(const engine::LayerProof proof,
                engine::prove_layer(world, session, arguments.has("--deep"), context.listener()));
    Reply reply{.ending = is_as_wanted && proof.is_identical() ? engine::Ending::well
                                                               : engine::Ending::findings,
                .findings = merged({session.findings, plan.findings, unmet})};
    if (!session.problems.empty()) {
        reply.ending = engine::Ending::usage;
    }
    if (context.wants_json()) {
        reply.members.set("as_wanted", is_as_wanted && session.problems.empty());
        reply.members.set("snapshot", json_of(proof));
        add_plan(reply.members, plan, nullptr, context.absolute_of());
        reply.members.set("problems", json_of(session.problems));
        reply.members.set("timings", json_of(context.timings(std::move(picture.timings))));
        return reply;
    }
    const View view = context.view(session);
    reply.errors = problems_text(session.problems);
    reply.text = session_text(session, view) + line_text(plan, lacks, view);
    if (proof.record || arguments.has("--deep")) {
        reply.text += proof_text(proof, view);
    }
    if (!view.quiet) {
        reply.text += plan_text(plan, context.absolute_of(), view) +
                      conflicts_text(plan.conflicts, view) +
                      findings_text(other_findings(reply.findings, plan.conflicts), view);
    }
    return reply;
}

}  // namespace

constinit const Command verify_command{
    .name = "verify",
    .summary = "say whether all is as the manifest and the snapshot say",
    .details =
        "Looks only, also whether the GPU is what 'gpu:' in the manifest wants. Prints a line for "
        "the manifest and one for the snapshot that was "
        "restored or taken here, then the differences unless --quiet is given. What came "
        "after the snapshot is no difference: 'envkeep diff' tells it. Of a snapshot of "
        "another image it proves what came back here, and lists what did not.",
    .flags = verify_flags,
    .examples = verify_examples,
    .exits = verify_exits,
    .works_with_root = true,
    .run = run_verify};

}  // namespace envkeep::cli

// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_json.hpp"
#include "cli/render_report.hpp"
#include "envkeep/engine/restore.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::cli {
namespace {

constexpr std::array save_examples{
    Example{"envkeep save", "before you stop the notebook"},
};

constexpr std::array save_exits{
    ExitUse{0, "the store has what changed"},
    ExitUse{1, "both sides have changed and are kept, until you take one"},
    ExitUse{2, "the manifest must be corrected first"},
    ExitUse{3, "something could not be written, or not read: it is still only here"},
    ExitUse{4, "the store is missing, empty or another one"},
    ExitUse{5, "another session is changing the store"},
};

std::string text_of(const engine::SaveReport& report,
                    const std::vector<model::Finding>& findings,
                    bool is_sound,
                    const AbsoluteOf& absolute,
                    const View& view) {
    std::string out = outcome_text(report.plan, report.outcome, absolute, view) +
                      conflicts_text(report.plan.conflicts, view) +
                      findings_text(other_findings(findings, report.plan.conflicts), view);
    const std::string done = counts_text(report.plan, report.outcome);
    if (!view.quiet && !done.empty()) {
        out += done + "\n";
    } else if (!view.quiet && report.ending <= engine::Ending::findings) {
        out += is_sound ? "nothing to save: the store has it all\n"
                        : "nothing to save of the sound entries\n";
    }
    return out;
}

Result<Reply> run_save(const Arguments& /*arguments*/, Context& context) {
    ENVKEEP_TRY(engine::Session session, context.session());
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const engine::SaveReport report, engine::save(world, session, context.listener()));
    Reply reply{
        .ending = report.ending,
        .findings = merged({report.findings, report.plan.findings, report.outcome.findings})};
    if (context.wants_json()) {
        reply.members.set("run", report.outcome.run);
        reply.members.set("problems", json_of(session.problems));
        add_plan(reply.members, report.plan, &report.outcome, context.absolute_of());
    } else {
        reply.text = text_of(report,
                             reply.findings,
                             session.problems.empty(),
                             context.absolute_of(),
                             context.view(session));
        reply.errors = problems_text(session.problems);
    }
    return reply;
}

}  // namespace

constinit const Command save_command{
    .name = "save",
    .summary = "write changed copies back to the store now",
    .details =
        "Copies that changed, and links that a program has turned into real files, go back to the "
        "store. The session's background process does the same every minute. Where the store's "
        "side changed too, both are kept and told. What a program writes at this moment is named "
        "and left to the next save.",
    .examples = save_examples,
    .exits = save_exits,
    .run = run_save};

}  // namespace envkeep::cli

// SPDX-License-Identifier: MIT
#include "envkeep/engine/status.hpp"

#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_status.hpp"
#include "cli/reply.hpp"

#include <array>

namespace envkeep::cli {
namespace {

constexpr std::array status_examples{
    Example{"envkeep status", "how this session stands"},
    Example{"envkeep status --verbose", "with what the store was measured to do"},
};

constexpr std::array status_exits{
    ExitUse{0, "all is well"},
    ExitUse{1, "something differs from the manifest, or there are findings"},
    ExitUse{2, "the manifest must be corrected first"},
    ExitUse{4, "the store is missing, empty or another one"},
};

Result<Reply> run_status(const Arguments& /*arguments*/, Context& context) {
    context.watch_store();
    ENVKEEP_TRY(engine::Session session, context.session());
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(engine::StatusReport report, engine::status(world, session, context.listener()));
    report.timings = context.timings(std::move(report.timings));
    Reply reply{.ending = report.ending,
                .findings = merged({report.findings, report.plan.findings})};
    if (context.wants_json()) {
        add_status(reply.members, report, context.absolute_of());
        return reply;
    }
    reply.errors = problems_text(report.problems);
    reply.text = status_text(report,
                             {.absolute = context.absolute_of(), .now = world.machine.now()},
                             context.view(session));
    return reply;
}

}  // namespace

constinit const Command status_command{
    .name = "status",
    .summary = "show how home, store and this session stand",
    .details =
        "Looks only. Each keep and how it stands, what 'restore' would do, findings with their "
        "cure, whether the start line ran here, the age of the last save, the live sessions, what "
        "went aside and the backups.",
    .examples = status_examples,
    .exits = status_exits,
    .works_with_root = true,
    .run = run_status};

}  // namespace envkeep::cli

// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_json.hpp"
#include "cli/render_report.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/household.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::cli {
namespace {

constexpr std::array<std::string_view, 1> per_what{"python"};

constexpr std::array flags{
    Flag{
        .name = "--per",
        .value = "WHAT",
        .help = "keep what depends on it apart; 'python': lib and bin for each interpreter version",
        .choices = per_what},
    Flag{.name = "--copy",
         .help = "keep a copy at home instead of a link; changes are written back to the store"},
};

constexpr std::array examples{
    Example{"envkeep adopt .ssh .jupyter", "keep these two from now on"},
    Example{"envkeep adopt --per python .local", "what pip installs for the user"},
    Example{"envkeep adopt --copy .bash_history", "for a file that its program rewrites"},
};

constexpr std::array exits{
    ExitUse{0, "kept: moved to the store and linked"},
    ExitUse{2, "wrong use, or the manifest must be corrected first"},
    ExitUse{3, "a path is not there, a conflict or a failed step remains"},
    ExitUse{4, "the store is missing, empty or another one"},
    ExitUse{5, "another session is changing the store"},
};

Result<Reply> run(const Arguments& arguments, Context& context) {
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const engine::Options options, context.options());
    ENVKEEP_TRY(const engine::AdoptReport report,
                engine::adopt(world,
                              options,
                              {.paths = arguments.operands,
                               .per_python = arguments.has("--per"),
                               .as_copy = arguments.has("--copy")},
                              context.listener()));
    Reply reply{.ending = report.ending, .findings = findings_of(report.restore)};
    if (context.wants_json()) {
        reply.members.set("added", json_of(report.added));
        reply.members.set("changed", json_of(report.changed));
        add_restore(reply.members, report.restore, context.absolute_of());
        return reply;
    }
    if (!report.restore.problems.empty()) {
        reply.errors = refusal_text(report.restore.problems);
        return reply;
    }
    const View view = context.view();
    if (!view.quiet) {
        for (const std::string& entry : report.added) {
            reply.text += fmt::format("  added to the manifest: {}\n", printable(entry));
        }
        for (const std::string& entry : report.changed) {
            reply.text += fmt::format("  changed in the manifest: {}\n", printable(entry));
        }
    }
    reply.text += restore_text(report.restore, context.absolute_of(), view);
    return reply;
}

}  // namespace

constinit const Command adopt_command{
    .name = "adopt",
    .summary = "keep home paths from now on: in the store, linked",
    .details =
        "Moves them into the store, links them, and adds them to the manifest. Relative paths "
        "start at the home. The content is copied to the store and verified before a link takes "
        "its place; comments and order of the manifest stay. Of an entry that is there already "
        "only "
        "what '--per' and '--copy' say is changed. 'envkeep release' is the way back.",
    .operands = {.name = "PATH", .least = 1, .most = any_number, .kind = ValueKind::home_path},
    .flags = flags,
    .examples = examples,
    .exits = exits,
    .run = run};

}  // namespace envkeep::cli

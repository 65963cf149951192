// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_json.hpp"
#include "cli/reply.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/household.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::cli {
namespace {

constexpr std::array uninstall_flags{
    Flag{.name = "--links", .help = "leave our links in this home as they are"},
};

constexpr std::array uninstall_examples{
    Example{"envkeep uninstall", "this home keeps real copies, the store its content"},
};

constexpr std::array uninstall_exits{
    ExitUse{0, "uninstalled"},
    ExitUse{1,
            "uninstalled, but another session that is still alive uses the program, or both sides "
            "have changed and are kept"},
    ExitUse{3,
            "uninstalled, but something stays a link or could not be removed; or what changed here "
            "could not be saved first, and nothing was done"},
    ExitUse{4, "the store is missing, empty or another one"},
    ExitUse{5, "another session is changing the store"},
};

std::string lines(std::string_view verb, const std::vector<std::string>& texts, const View& view) {
    std::string out;
    for (const std::string& text : texts) {
        out += fmt::format("  {}  {}\n", verb, view.path(text));
    }
    return out;
}

std::string text_of(const engine::UninstallReport& report, const View& view) {
    std::string out;
    if (!view.quiet) {
        out += lines("removed  ", report.removed, view);
        out += lines("real now ", report.copied, view);
        out += lines("stays    ", report.left, view);
    }
    out += findings_text(report.findings, view);
    if (!view.quiet && !report.run.empty()) {
        out += fmt::format(
            "taken back, once 'init' has installed the program again, with: envkeep undo {}\n",
            printable(report.run));
    }
    return out;
}

Json json_of_paths(const std::vector<std::string>& paths) {
    Json json = Json::array();
    for (const std::string& path : paths) {
        json.add(json_bytes(path));
    }
    return json;
}

Result<Reply> run_uninstall(const Arguments& arguments, Context& context) {
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const engine::Options options, context.options());
    ENVKEEP_TRY(const engine::UninstallReport report,
                engine::uninstall(world, options, arguments.has("--links"), context.listener()));
    Reply reply{.ending = report.ending, .findings = report.findings};
    if (context.wants_json()) {
        reply.members.set("removed", json_of_paths(report.removed));
        reply.members.set("copied", json_of_paths(report.copied));
        reply.members.set("run", report.run);
        reply.members.set("left", json_of_paths(report.left));
    } else {
        reply.text = text_of(report, context.view());
    }
    return reply;
}

}  // namespace

constinit const Command uninstall_command{
    .name = "uninstall",
    .summary = "remove start line and program; what was kept stays",
    .details =
        "Saves what changed in copies, and does nothing where that fails. "
        "Replaces our links in this home by copies, where they fit, and removes the start line, "
        "hook.sh and the program; links that remain are told. Kept files, backups and the manifest "
        "stay in the store: it "
        "prints where.",
    .flags = uninstall_flags,
    .examples = uninstall_examples,
    .exits = uninstall_exits,
    .run = run_uninstall};

}  // namespace envkeep::cli

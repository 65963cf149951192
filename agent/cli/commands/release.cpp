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

constexpr std::array release_examples{
    Example{"envkeep release .jupyter", "a real folder again, in this session only"},
    Example{"envkeep release .vimrc", "a dotfile: its path is added to 'ignore'"},
    Example{"envkeep release '.conf*'", "all that this pattern of the manifest has matched"},
};

constexpr std::array release_exits{
    ExitUse{0, "released"},
    ExitUse{2,
            "a path is not kept by an entry of its own, or the manifest must be corrected first"},
    ExitUse{3, "a path could not be released, or what changed here could not be saved first"},
    ExitUse{4, "the store is missing, empty or another one"},
    ExitUse{5, "another session is changing the store"},
};

Json released_json(const std::vector<engine::ReleaseReport::One>& released) {
    Json list = Json::array();
    for (const engine::ReleaseReport::One& one : released) {
        Json json = Json::object();
        json.set("subject", printable(one.subject));
        json.set("path", json_bytes(one.place));
        json.set("kept_at", json_bytes(one.kept_at));
        list.add(std::move(json));
    }
    return list;
}

std::string text_of(const engine::ReleaseReport& report, const View& view) {
    std::vector<Row> rows;
    std::string changed;
    if (!view.quiet) {
        for (const std::string& entry : report.changed) {
            changed += fmt::format("  changed in the manifest: {}\n", printable(entry));
        }
        for (const engine::ReleaseReport::One& one : report.released) {
            rows.push_back({.tone = Tone::good,
                            .verb = "released",
                            .subject = printable(one.subject),
                            .detail = one.kept_at.empty()
                                          ? "stays as it is"
                                          : fmt::format("kept copy: {}", view.path(one.kept_at)),
                            .why = {},
                            .notes = {}});
        }
    }
    std::string out = changed + rows_text(rows, view) + findings_text(report.findings, view);
    if (!view.quiet && !report.run.empty()) {
        out += fmt::format("taken back with: envkeep undo {}\n", printable(report.run));
    }
    return out;
}

Result<Reply> run_release(const Arguments& arguments, Context& context) {
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const engine::Options options, context.options());
    ENVKEEP_TRY(const engine::ReleaseReport report,
                engine::release(world, options, arguments.operands, context.listener()));
    Reply reply{.ending = report.ending, .findings = report.findings};
    if (context.wants_json()) {
        reply.members.set("run", report.run);
        reply.members.set("problems", json_of(report.problems));
        reply.members.set("changed", json_of(report.changed));
        reply.members.set("released", released_json(report.released));
    } else if (!report.problems.empty()) {
        reply.errors = refusal_text(report.problems);
    } else {
        reply.text = text_of(report, context.view());
    }
    return reply;
}

}  // namespace

constinit const Command release_command{
    .name = "release",
    .summary = "keep paths no longer: real again in this home",
    .details =
        "Copies the content from the store to the home, verifies it, moves the store side to "
        "backups/released/ and takes the entry out of the manifest; where another entry keeps a "
        "folder above it, that gets an 'exclude' for it. While sessions of other containers "
        "or homes live, which may have links to it, the store side stays until the command is "
        "repeated. "
        "A pattern is named as it is "
        "written, and stands for all that it matches. Of dotfiles that are linked to their "
        "repository, or a folder of them, the repository keeps what it has, and the path goes "
        "under 'ignore' of 'dotfiles'. This home is temporary: what "
        "was released ends with the container; the kept copy stays in the store.",
    .operands = {.name = "PATH", .least = 1, .most = any_number, .kind = ValueKind::home_path},
    .examples = release_examples,
    .exits = release_exits,
    .run = run_release};

}  // namespace envkeep::cli

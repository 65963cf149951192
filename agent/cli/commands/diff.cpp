// SPDX-License-Identifier: MIT
#include "envkeep/engine/diff.hpp"

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_packages.hpp"
#include "cli/reply.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/packages/export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>
#include <vector>

namespace envkeep::cli {
namespace {

constexpr std::array<std::string_view, 3> formats{"requirements", "conda", "apt"};

constexpr std::array diff_flags{
    Flag{.name = "--export",
         .value = "FORMAT",
         .help = "print SIDE (what is here without one) as pip, conda or apt read it: what was "
                 "asked for, pinned; of the image only what came on top",
         .choices = formats},
};

constexpr std::array diff_examples{
    Example{"envkeep diff", "what was installed since the snapshot that this session has"},
    Example{"envkeep diff image", "what this session and its snapshot have over the image"},
    Example{"envkeep diff 20261120 20261124", "two snapshots"},
    Example{"envkeep diff --export requirements >requirements.txt", "for pip"},
};

constexpr std::array diff_exits{
    ExitUse{0, "nothing differs"},
    ExitUse{1, "something differs"},
    ExitUse{2, "wrong use, or there is no such snapshot"},
    ExitUse{4, "the store is missing, empty or another one"},
};

struct Export {
    std::string text;
    std::vector<std::string> left_out;

    void add(const std::string& title, packages::Exported one) {
        if (!one.text.empty()) {
            text += (text.empty() ? "" : "\n") + title + one.text;
        }
        std::ranges::move(one.left_out, std::back_inserter(left_out));
    }
};

Export exported(const packages::Inventory& inventory, std::string_view format) {
    constexpr packages::Scope scope = packages::Scope::session;
    Export all;
    if (format == "apt") {
        all.add({}, packages::export_apt(inventory, scope));
    } else if (format == "conda") {
        all.add({}, packages::export_conda_environments(inventory));
    } else {
        for (const packages::Runtime& runtime : inventory.base.runtimes) {
            if (runtime.language == "python") {
                all.add("# " + printable(runtime.path) + "\n",
                        packages::export_requirements(inventory, runtime, scope));
            }
        }
    }
    return all;
}

Result<Reply> run_export(const Arguments& arguments, Context& context) {
    if (arguments.operands.size() > 1) {
        return failure(ErrorKind::usage,
                       "'--export' is of one side",
                       "name one snapshot, or none for what is here");
    }
    ENVKEEP_TRY(const engine::Session session, context.session());
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(
        const engine::DiffSide side,
        engine::diff_side(world,
                          session,
                          arguments.operands.empty() ? std::string() : arguments.operands.front()));
    Export all = exported(side.inventory, arguments.value("--export"));
    Reply reply;
    if (context.wants_json()) {
        Json left_out = Json::array();
        for (const std::string& one : all.left_out) {
            left_out.add(printable(one));
        }
        reply.members.set("side", printable(side.name))
            .set("format", arguments.value("--export"))
            .set("text", all.text)
            .set("left_out", std::move(left_out));
        return reply;
    }
    reply.data = std::move(all.text);
    for (const std::string& one : all.left_out) {
        reply.errors += fmt::format("envkeep: left out: {}\n", printable(one));
    }
    return reply;
}

Result<Reply> run_diff(const Arguments& arguments, Context& context) {
    if (arguments.has("--export")) {
        return run_export(arguments, context);
    }
    const auto side = [&](std::size_t i) {
        return i < arguments.operands.size() ? arguments.operands[i] : std::string();
    };
    ENVKEEP_TRY(const engine::Session session, context.session());
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const engine::DiffReport report, engine::diff(world, session, side(0), side(1)));
    Reply reply;
    reply.findings = report.findings;
    reply.ending = report.comparison.is_empty() ? engine::Ending::well : engine::Ending::findings;
    if (context.wants_json()) {
        reply.members.set("before", printable(report.before.name));
        reply.members.set("after", printable(report.after.name));
        reply.members.set("image_changed", report.comparison.image.has_value());
        reply.members.set("changes", json_of(report.comparison));
        return reply;
    }
    const View view = context.view(session);
    reply.text = changes_text(report.comparison, view) + findings_text(report.findings, view);
    if (!view.quiet) {
        const std::string summary = changes_summary(report.comparison);
        reply.text += view.line(fmt::format("{} -> {}: {}",
                                            printable(report.before.name),
                                            printable(report.after.name),
                                            summary.empty() ? "the same packages" : summary),
                                4);
    }
    return reply;
}

}  // namespace

constinit const Command diff_command{
    .name = "diff",
    .summary = "compare what is installed: snapshots, this session, the image",
    .details =
        "A and B are ids of snapshots (a beginning is enough), 'here' or 'image'. Without B it is "
        "what is here; without A the snapshot that this session has, else the image. Read straight "
        "from the files of pip, conda, apt, npm, Jupyter and others; nothing is started.",
    .operands = {.name = "SIDE", .most = 2},
    .flags = diff_flags,
    .examples = diff_examples,
    .exits = diff_exits,
    .works_with_root = true,
    .run = run_diff};

}  // namespace envkeep::cli

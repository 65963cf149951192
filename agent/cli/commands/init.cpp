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

#include <algorithm>
#include <array>

namespace envkeep::cli {
namespace {

constexpr std::array init_flags{
    Flag{.name = "--template",
         .value = "NAME",
         .help = "the manifest to start with: gradient-fastai, gradient-pytorch, persistent-home, "
                 "colab, kaggle or container; by itself the one that fits the platform"},
    Flag{.name = "--import",
         .value = "DIR",
         .help = "take over a store made by paperspace-setup, such as /storage/cfg, in place; or a "
                 "git repository of this home, such as yadm's, as its dotfiles",
         .kind = ValueKind::folder},
    Flag{.name = "--adopt",
         .value = "PATH",
         .help = "also move this home path into the store; more paths may follow",
         .kind = ValueKind::home_path,
         .is_repeatable = true},
    Flag{.name = "--auto-snapshot",
         .help = "let a new manifest take snapshots by itself, after installs and at the end"},
    Flag{.name = "--rollback", .help = "go back to the program that was installed before"},
    Flag{.name = "--notice",
         .help =
             "also install the notice for the first terminal; where /etc is not ours, print the "
             "line for ~/.bashrc"},
};

constexpr std::array init_examples{
    Example{"./envkeep init", "on the notebook, with the program just copied there"},
    Example{"envkeep init --adopt .ssh .jupyter", "and keep these two from now on"},
    Example{"./envkeep init --auto-snapshot", "and record what pip, apt, conda, npm install"},
    Example{"envkeep init --import /storage/cfg", "use what paperspace-setup has kept, in place"},
    Example{"envkeep init --import ~/.local/share/yadm/repo.git", "as dotfiles, yadm's repository"},
    Example{"envkeep init --store /mnt/disk", "where the platform is not known"},
};

constexpr std::array init_exits{
    ExitUse{0, "set up, or was already"},
    ExitUse{
        2,
        "wrong use, an unknown template, an older program than the installed one, or a manifest "
        "that must be corrected before something is added to it"},
    ExitUse{3,
            "set up, but something of it failed, or a path of --adopt is a conflict; or a "
            "repository cannot be imported as it stands, and nothing was done"},
    ExitUse{4, "no folder that persists was found"},
    ExitUse{5, "another session is changing the store"},
};

std::string list_text(std::string_view verb, const std::vector<std::string>& lines) {
    std::string out;
    for (const std::string& line : lines) {
        out += fmt::format("  {}{}\n", verb, printable(line));
    }
    return out;
}

std::string hook_text(const engine::InitReport& report, const View& view) {
    const std::string because =
        report.hook_because.empty() ? "" : ": " + printable(report.hook_because);
    const bool has_file = !report.hook.file.empty();
    if (report.hook_is_sure) {
        return has_file
                   ? fmt::format("  start     {} runs it{}\n", view.path(report.hook.file), because)
                   : "  start     no start line was installed, see below\n";
    }
    std::string out =
        has_file ? fmt::format(
                       "  start     it is not sure that this image runs {}{}\n"
                       "            if it does not, paste this {}:\n",
                       view.path(report.hook.file),
                       because,
                       report.platform.advice.where)
                 : fmt::format("  start     paste this {}:\n", report.platform.advice.where);
    for (const std::string_view line : split(trimmed(report.fallback), '\n')) {
        out += fmt::format("            {}\n", printable(line));
    }
    return out;
}

std::string notice_text(const engine::InitReport& report) {
    return report.notice_line.empty()
               ? std::string()
               : fmt::format(
                     "  notice    /etc is not ours to write: for the notice in the first terminal, "
                     "put this line into ~/.bashrc\n            {}\n",
                     printable(report.notice_line));
}

// How this shell finds the program by its name; later sessions have the folder from their start on.
std::string path_text(const engine::InitReport& report, std::string_view path_variable) {
    const std::string programs = report.store + "/bin";
    const auto parts = split(path_variable, ':');
    // Drive makes no file a program: there the cell puts it into /usr/local/bin.
    const bool is_of_no_use = report.platform.id == "colab";
    const bool is_there = !report.binary_note.empty();
    if (report.changed.empty() || !is_there || is_of_no_use ||
        std::ranges::find(parts, programs) != parts.end()) {
        return {};
    }
    return fmt::format(
        "here it is called as {}/envkeep, or by its name after:\n    export PATH=\"$PATH\":{}\n",
        shell_quoted(programs),
        shell_quoted(programs));
}

std::string next_steps_text(bool has_auto_snapshot) {
    const std::string_view packages = has_auto_snapshot
                                          ? "what pip, apt, conda or npm install is recorded by "
                                            "itself, or with 'envkeep snapshot'\n"
                                          : "what pip, apt, conda or npm install is recorded with "
                                            "'envkeep snapshot'; by itself with "
                                            "the\nmanifest's 'snapshot: {auto: on-change}'\n";
    return fmt::format(
        "'envkeep plan' shows what a start will do, 'envkeep restore' does it now\n{}", packages);
}

std::string whole_text(const engine::InitReport& report,
                       const engine::InitOptions& init,
                       const View& view) {
    const bool is_rollback = init.rollback;
    if (view.quiet) {
        return findings_text(report.findings, view);
    }
    const bool is_idle = report.changed.empty() && report.ending == engine::Ending::well &&
                         report.notice_line.empty();
    std::string out = is_idle ? "nothing to do: all is set up\n" : "";
    out += list_text("", report.changed);
    out += list_text("imported  ", report.imported);
    if (!report.platform.name.empty()) {
        out += fmt::format("  platform  {}{}{}\n",
                           printable(report.platform.name),
                           report.platform.because.empty() ? "" : ": ",
                           printable(report.platform.because));
    }
    if (!report.platform.advice.note.empty()) {
        out += wrapped(report.platform.advice.note, 88, "            ");
    }
    out += fmt::format("  store     {}{}{}\n",
                       view.path(report.store),
                       report.choice.because.empty() ? "" : ", by ",
                       printable(report.choice.because));
    if (!report.binary_note.empty()) {
        out += fmt::format("  program   {}\n", printable(report.binary_note));
    }
    if (!is_rollback) {
        out += fmt::format("  manifest  {}\n", view.path(report.manifest));
        out += hook_text(report, view);
        out += notice_text(report);
    }
    out += findings_text(report.findings, view);
    if (!report.run.empty()) {
        out += fmt::format("taken back with: envkeep undo {}\n", printable(report.run));
    }
    const bool is_new = !report.changed.empty() && !is_rollback && !report.adopted;
    return out + (is_new ? next_steps_text(init.auto_snapshot) : "");
}

Json hook_json(const engine::InitReport& report) {
    Json json = Json::object();
    json.set("file", json_bytes(report.hook.file));
    json.set("line", report.hook.line);
    json.set("was_there", report.hook.was_there);
    json.set("is_sure", report.hook_is_sure);
    json.set("because", printable(report.hook_because));
    json.set("fallback", report.fallback);
    json.set("where", report.platform.advice.where);
    return json;
}

Json platform_json(const store::Platform& platform) {
    Json json = Json::object();
    json.set("id", platform.id);
    json.set("name", platform.name);
    json.set("because", printable(platform.because));
    json.set("note", platform.advice.note);
    return json;
}

void add_init(Json& members, const engine::InitReport& report, const AbsoluteOf& absolute) {
    members.set("platform", platform_json(report.platform));
    members.set("store", json_bytes(report.store));
    members.set("store_because", printable(report.choice.because));
    members.set("manifest", json_bytes(report.manifest));
    members.set("changed", json_of(report.changed));
    members.set("imported", json_of(report.imported));
    members.set("hook", hook_json(report));
    members.set("program", printable(report.binary_note));
    members.set("run", report.run);
    members.set("problems", json_of(report.problems));
    members.set("notice_line", report.notice_line);
    if (report.adopted) {
        Json adopted = Json::object();
        add_restore(adopted, *report.adopted, absolute);
        members.set("adopted", std::move(adopted));
    }
}

Result<engine::InitOptions> init_options_of(const Arguments& arguments) {
    engine::InitOptions options{.template_name = arguments.value("--template"),
                                .import_from = std::nullopt,
                                .adopt = arguments.values("--adopt"),
                                .auto_snapshot = arguments.has("--auto-snapshot"),
                                .rollback = arguments.has("--rollback"),
                                .notice = arguments.has("--notice")};
    if (arguments.has("--import")) {
        options.import_from = arguments.value("--import");
    }
    if (!arguments.operands.empty() && options.adopt.empty()) {
        const std::string& first = arguments.operands.front();
        return failure(ErrorKind::usage,
                       fmt::format("'init' does not take {}", quoted(first)),
                       first.starts_with('/')
                           ? fmt::format("the folder that persists stands behind '--store {}', "
                                         "home paths to keep behind '--adopt'",
                                         shell_quoted(first))
                           : "home paths to keep stand behind '--adopt'");
    }
    options.adopt.insert(options.adopt.end(), arguments.operands.begin(), arguments.operands.end());
    const bool has_more = arguments.has("--template") || options.import_from ||
                          !options.adopt.empty() || options.auto_snapshot || options.notice;
    if (options.rollback && has_more) {
        return failure(
            ErrorKind::usage, "'--rollback' stands alone", "such as: envkeep init --rollback");
    }
    if (options.import_from && arguments.has("--template")) {
        return failure(ErrorKind::usage,
                       "'--import' and '--template' exclude each other",
                       "an imported store brings its own list of keeps");
    }
    return options;
}

Result<Reply> run_init(const Arguments& arguments, Context& context) {
    ENVKEEP_TRY(engine::InitOptions init, init_options_of(arguments));
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const engine::Options options, context.options());
    if (init.import_from) {
        ENVKEEP_TRY(init.import_from, context.absolute_path(*init.import_from));
    }
    ENVKEEP_TRY(const engine::InitReport report,
                engine::init(world, options, init, context.listener()));
    Reply reply{.ending = report.ending, .findings = report.findings};
    if (report.adopted) {
        reply.findings = merged({report.findings, findings_of(*report.adopted)});
    }
    if (context.wants_json()) {
        add_init(reply.members, report, context.absolute_of());
        return reply;
    }
    const View view = context.view();
    if (!report.problems.empty()) {
        reply.errors = refusal_text(report.problems);
        return reply;
    }
    reply.text = whole_text(report, init, view);
    if (report.adopted) {
        reply.text += restore_text(*report.adopted, context.absolute_of(), view);
    }
    if (!view.quiet && !init.rollback) {
        reply.text += path_text(report, context.outside().variable("PATH").value_or(""));
    }
    return reply;
}

}  // namespace

constinit const Command init_command{
    .name = "init",
    .summary = "set up store, manifest, program and start line",
    .details =
        "Makes the store in the folder that persists, a manifest to start with, a copy of this "
        "program and one line in the platform's start script. Finds the platform by itself. What "
        "is there already stays as it is, so running it again changes nothing; a newer program is "
        "installed beside the old one.",
    .operands = {.name = "PATH", .most = any_number, .kind = ValueKind::home_path},
    .flags = init_flags,
    .examples = init_examples,
    .exits = init_exits,
    .run = run_init};

}  // namespace envkeep::cli

// SPDX-License-Identifier: MIT
#include "envkeep/engine/hook.hpp"

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/render_json.hpp"
#include "cli/reply.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

// hook print, hook install, hook remove
namespace envkeep::cli {
namespace {

constexpr std::array print_flags{
    Flag{.name = "--for",
         .value = "WHERE",
         .help = "pre-run: a line of a script that the platform runs at the start; "
                 "container-command: the whole start command; profile: a line of a shell's "
                 "profile; notebook-cell: a cell to run by hand; jupyter-config: for "
                 "~/.jupyter/jupyter_server_config.py; lifecycle-script: for SageMaker; by itself "
                 "what this platform reads",
         .choices = engine::hook_uses},
};

constexpr std::array print_examples{
    Example{"envkeep hook print", "what this platform reads, and where to put it"},
    Example{"envkeep hook print --for container-command", "for an image that reads no pre-run.sh"},
    Example{"envkeep hook print --for jupyter-config", "with the variables, for the server itself"},
};

constexpr std::array print_exits{
    ExitUse{0, "printed"},
    ExitUse{4, "no folder that persists was found"},
};

constexpr std::array install_examples{
    Example{"envkeep hook install", "make this store's pre-run.sh start envkeep"},
};

constexpr std::array change_exits{
    ExitUse{0, "done, or nothing was to do"},
    ExitUse{3, "a file could not be written"},
    ExitUse{4, "the store is missing, empty or another one"},
};

constexpr std::array remove_examples{
    Example{"envkeep hook remove", "no start runs envkeep any more"},
};

Result<store::StoreChoice> choose(Context& context) {
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const engine::Options options, context.options());
    return store::choose_store(options.store, world.own_binary, world.machine, world.files);
}

Result<store::Store> open(Context& context) {
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const store::StoreChoice choice, choose(context));
    return store::open_store(choice, world.machine, world.files);
}

// Where the text goes, for people.
std::string place_text(const store::Platform& platform, const std::string& store_base) {
    return platform.runs_pre_run
               ? fmt::format("put it into {}/pre-run.sh: {}\n",
                             printable(store_base),
                             printable(platform.hook_because))
               : fmt::format("{}: paste it {}\n", printable(platform.name), platform.advice.where);
}

Result<Reply> run_print(const Arguments& arguments, Context& context) {
    ENVKEEP_TRY(const store::StoreChoice choice, choose(context));
    ENVKEEP_TRY(const engine::World world, context.world());
    const store::Platform platform = store::detect_platform(world.machine, choice.base);
    const std::string use = arguments.has("--for")  ? arguments.value("--for")
                            : platform.runs_pre_run ? std::string(engine::hook_uses.front())
                                                    : std::string(platform.advice.use);
    std::string text = engine::hook_text(engine::hook_use(use), choice.base, platform.advice);
    Reply reply;
    if (context.wants_json()) {
        reply.members.set("for", use);
        reply.members.set("text", text);
        return reply;
    }
    reply.data = std::move(text);
    if (!arguments.has("--for") && !context.view().quiet) {
        reply.text = place_text(platform, choice.base);
    }
    return reply;
}

void add_hook(Json& members, const engine::HookReport& report) {
    members.set("file", json_bytes(report.file));
    members.set("line", report.line);
    members.set("was_there", report.was_there);
    members.set("changed", paths_json(report.changed));
}

std::string changes_text(const engine::HookReport& report, const View& view) {
    std::string out;
    for (const std::string& file : report.changed) {
        out += fmt::format("  wrote  {}\n", view.path(file));
    }
    return out;
}

std::string doubt_text(const store::Platform& platform, const View& view) {
    if (platform.runs_pre_run) {
        return {};
    }
    return fmt::format(
        "{}: this image is not known to read pre-run.sh{}{}\n"
        "    see: envkeep hook print\n",
        view.painted(Tone::warning, "warning"),
        platform.hook_because.empty() ? "" : ": ",
        printable(platform.hook_because));
}

Result<Reply> run_install(const Arguments& /*arguments*/, Context& context) {
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const store::Store store, open(context));
    ENVKEEP_TRY(const engine::HookReport report, engine::install_hook(world, store));
    Reply reply;
    if (context.wants_json()) {
        add_hook(reply.members, report);
        return reply;
    }
    const View view = context.view();
    if (!view.quiet) {
        reply.text = report.changed.empty()
                         ? fmt::format("nothing to do: {} holds the line\n", view.path(report.file))
                         : changes_text(report, view);
    }
    reply.text += doubt_text(store::detect_platform(world.machine, store.base_path), view);
    return reply;
}

Result<Reply> run_remove(const Arguments& /*arguments*/, Context& context) {
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const store::Store store, open(context));
    ENVKEEP_TRY(const engine::HookReport report, engine::remove_hook(world, store));
    Reply reply;
    if (context.wants_json()) {
        add_hook(reply.members, report);
    } else if (const View view = context.view(); !view.quiet) {
        reply.text =
            report.changed.empty()
                ? fmt::format("nothing to do: {} does not hold our line\n", view.path(report.file))
                : fmt::format("our line is out of {}; no start runs envkeep any more\n",
                              view.path(report.file));
    }
    return reply;
}

}  // namespace

constinit const Command hook_print_command{
    .name = "hook print",
    .summary = "print what to paste where this image starts",
    .details =
        "Nothing is written. By itself it is what this platform reads, and where "
        "to put it is said beside it; 'envkeep help platforms' lists all.",
    .flags = print_flags,
    .examples = print_examples,
    .exits = print_exits,
    .output = StandardOutput::data,
    .run = run_print};

constinit const Command hook_install_command{
    .name = "hook install",
    .summary = "put our line into the store's pre-run.sh",
    .details =
        "Everything else in the file stays as it is, also its mode; running it again changes "
        "nothing.",
    .examples = install_examples,
    .exits = change_exits,
    .run = run_install};

constinit const Command hook_remove_command{
    .name = "hook remove",
    .summary = "take our line out of the store's pre-run.sh",
    .details = "Everything else in the file stays as it is.",
    .examples = remove_examples,
    .exits = change_exits,
    .run = run_remove};

}  // namespace envkeep::cli

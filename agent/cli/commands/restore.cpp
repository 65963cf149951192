// SPDX-License-Identifier: MIT
#include "envkeep/engine/restore.hpp"

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/document.hpp"
#include "cli/exit_code.hpp"
#include "cli/layer_choice.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_report.hpp"
#include "cli/render_snapshot.hpp"
#include "cli/render_sync.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/start.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <memory>

namespace envkeep::cli {
namespace {

// The manifest's `start: {limit: ...}` takes its place as soon as the worker has read it.
constexpr std::chrono::seconds default_limit{15};

// The hook says what the manifest said at the last start: where it is shorter, a store that hangs
// before the manifest is read is given up by us, who leave word of it, and not by the hook.
std::chrono::milliseconds first_limit(const Outside& outside) {
    const std::string text = outside.variable("ENVKEEP_START_LIMIT").value_or("");
    int seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool is_number = error == std::errc{} && end == text.data() + text.size();
    return is_number && seconds > 0 ? std::min(default_limit, std::chrono::seconds(seconds))
                                    : default_limit;
}

constexpr std::array<std::string_view, 2> sides{"home", "store"};

constexpr std::array restore_flags{
    Flag{.name = "--start",
         .help = "the form for the start line: within the time limit, exit status 0 whatever "
                 "happens; standard output holds nothing but exports for eval"},
    Flag{
        .name = "--take",
        .value = "SIDE",
        .help =
            "settle the conflict at each PATH: 'home' keeps what is in the home, 'store' what "
            "is in the store; the other side goes aside; what else 'envkeep restore' does, it does "
            "too",
        .choices = sides},
    Flag{.name = "--at",
         .value = "ID",
         .help = "bring back that snapshot, whatever this session has by now; 'envkeep snapshots' "
                 "lists them; 'envkeep undo' takes back only what went aside for it"},
    Flag{.name = "--only",
         .value = "DOMAIN",
         .help = "with --at: only these of the snapshot's files",
         .choices = layer_domains,
         .is_repeatable = true},
};

constexpr std::array restore_examples{
    Example{"envkeep restore", "bring this home to what the manifest says"},
    Example{"envkeep restore --take home ~/.condarc", "in a conflict: the file at home wins"},
    Example{"envkeep restore --at 20261124T1", "bring back an older snapshot"},
    Example{"envkeep restore --json", "what was done, for a program"},
};

constexpr std::array restore_exits{
    ExitUse{0, "the home is as the manifest says; with --start always"},
    ExitUse{2, "wrong use, no such snapshot, or a manifest to correct: nothing was done"},
    ExitUse{3, "a conflict or a failed step remains"},
    ExitUse{4, "the store is missing, empty or another one"},
    ExitUse{5, "another session is changing the store"},
};

Result<std::string> absolute_in_home(const std::string& typed, const std::string& home) {
    if (typed.starts_with('/')) {
        ENVKEEP_TRY(const RelPath path, RelPath::parse(std::string_view(typed).substr(1)));
        return "/" + path.text();
    }
    const std::string_view below =
        typed.starts_with("~/") ? std::string_view(typed).substr(2) : std::string_view(typed);
    ENVKEEP_TRY(const RelPath path, RelPath::parse(below));
    return (home == "/" ? "" : home) + "/" + path.text();
}

Result<engine::LookOptions> look_options(const Arguments& arguments, const std::string& home) {
    engine::LookOptions look;
    const keep::Take side =
        arguments.value("--take") == "home" ? keep::Take::home : keep::Take::store;
    for (const std::string& typed : arguments.operands) {
        ENVKEEP_TRY(std::string path, absolute_in_home(typed, home));
        look.take.emplace(std::move(path), side);
    }
    return look;
}

Result<void> check_arguments(const Arguments& arguments) {
    const bool has_take = arguments.has("--take");
    if (has_take && arguments.operands.empty()) {
        return failure(ErrorKind::usage,
                       "'--take' needs the path that it is about",
                       "such as: envkeep restore --take home ~/.condarc");
    }
    if (!has_take && !arguments.operands.empty()) {
        return failure(
            ErrorKind::usage,
            fmt::format("'restore' does not take {}", quoted(arguments.operands.front())),
            "it restores all that the manifest names; '--take home|store PATH' settles "
            "a conflict");
    }
    if (arguments.has("--start") && (has_take || arguments.has("--at"))) {
        return failure(ErrorKind::usage, "'--start' goes with neither '--take' nor '--at'");
    }
    return check_layer_choice("restore", arguments);
}

// The working folder may lie on a store that hangs: a start does not ask for it.
Result<void> check_is_absolute(const engine::Options& options) {
    for (const auto& [name, path] : {std::pair{"--store", options.store},
                                     {"--home", options.home},
                                     {"--manifest", options.manifest}}) {
        if (path && !path->starts_with('/')) {
            return failure(ErrorKind::usage,
                           fmt::format("'{}' wants an absolute path with '--start'", name));
        }
    }
    return {};
}

Result<Reply> run_start(Context& context) {
    const engine::Options& options = context.globals().options;
    ENVKEEP_CHECK(check_is_absolute(options));
    const Outside& outside = context.outside();
    // Filled in the worker, where the world is made and the report is rendered.
    const auto world = std::make_shared<std::optional<engine::World>>();
    const auto make_world = [&outside, world] {
        world->emplace(outside.make_world(std::nullopt).value());
        return **world;
    };
    const AbsoluteOf absolute = [world](const system::Place& place) {
        return (*world)->files.absolute(place);
    };
    const View view{.home = options.home.value_or(outside.variable("HOME").value_or(""))};
    const bool wants_json = context.wants_json();
    const engine::StartOutput output{.exports =
                                         [&](std::string_view lines) {
                                             if (!wants_json) {
                                                 outside.out.write(lines);
                                             }
                                         },
                                     .text =
                                         [&](std::string_view text) {
                                             if (!wants_json) {
                                                 outside.err.write(text);
                                             }
                                         }};
    engine::StartResult result = engine::restore_at_start(
        options,
        first_limit(outside),
        make_world,
        [&](const auto& report) { return start_report(report, absolute, view); },
        output);
    Reply reply{.ending = result.ending};
    if (wants_json) {
        reply.document = result.error
                             ? document_of("restore", *result.error, result.ending).compact()
                             : std::move(result.json);
    }
    return reply;
}

// What was done before is told whatever becomes of the snapshot.
void add_layer(const Arguments& arguments,
               const engine::World& world,
               engine::Session& session,
               Context& context,
               engine::RestoreReport& report) {
    if (world.trees == nullptr && !arguments.has("--at")) {
        return;
    }
    Result<engine::LayerRestoreReport> layer =
        engine::restore_layer(world,
                              session,
                              {.at = arguments.value("--at"), .only = arguments.values("--only")},
                              context.listener());
    if (!layer) {
        report.ending = worse(report.ending, ending_of(layer.error().kind));
        report.findings.push_back(engine::not_brought_back(world, session, layer.error()));
        return;
    }
    report.layer = *std::move(layer);
    report.ending = worse(report.ending, report.layer->ending);
    for (const model::Finding& finding : report.layer->findings) {
        report.findings.push_back(finding);
    }
    for (const engine::Timing& timing : report.layer->timings) {
        report.timings.push_back(timing);
    }
}

// What is fetched, and the links of what came: nothing where the manifest wants no repository.
Result<engine::SyncReport> sync(const engine::World& world,
                                engine::Session& session,
                                Context& context) {
    ENVKEEP_TRY(const engine::Options options, context.options());
    return engine::sync(world,
                        options,
                        session,
                        {.publish = engine::Publish::never, .follows_restore = true},
                        context.make_world(),
                        context.listener());
}

Result<Reply> run_restore(const Arguments& arguments, Context& context) {
    ENVKEEP_CHECK(check_arguments(arguments));
    if (arguments.has("--start")) {
        return run_start(context);
    }
    ENVKEEP_TRY(engine::Session session, context.session());
    ENVKEEP_TRY(const engine::World world, context.world());
    if (arguments.has("--at") && session.problems.empty()) {
        ENVKEEP_CHECK(engine::check_snapshot(world, session, arguments.value("--at")));
    }
    ENVKEEP_TRY(engine::LookOptions look,
                look_options(arguments, world.files.root_path(session.home)));
    ENVKEEP_TRY(
        engine::RestoreReport report,
        engine::restore(
            world, session, {.look = std::move(look), .may_go_on = {}}, context.listener()));
    if (report.problems.empty()) {
        add_layer(arguments, world, session, context, report);
    }
    ENVKEEP_TRY(engine::SyncReport synced, sync(world, session, context));
    engine::forget_killed_starts(world, session);
    report.timings = context.timings(std::move(report.timings));
    std::ranges::move(synced.timings, std::back_inserter(report.timings));
    report.copies = synced.copies;
    Reply reply{.ending = worse(report.ending, synced.ending),
                .findings = merged({findings_of(report), findings_of(synced)})};
    if (context.wants_json()) {
        add_restore(reply.members, report, context.absolute_of());
    } else if (!report.problems.empty()) {
        reply.errors = refusal_text(report.problems);
    } else {
        const View view = context.view(session);
        reply.text =
            session_text(session, view) + restore_text(report, context.absolute_of(), view);
        if (report.layer) {
            reply.text += layer_text(*report.layer, view);
            reply.text += arguments.has("--at") ? undo_text(*report.layer, view) : std::string();
        }
        reply.text += sync_text(synced, context.absolute_of(), view);
    }
    return reply;
}

}  // namespace

constinit const Command restore_command{
    .name = "restore",
    .summary = "bring the home to what the manifest says",
    .details =
        "Links and copies what is kept, sets the modes, and moves aside what stands in the way: "
        "nothing is lost, and 'envkeep undo' takes it back. What only you can decide is left "
        "untouched and told, with the commands that decide it. 'envkeep plan' shows all of it "
        "beforehand.",
    .operands = {.name = "PATH", .most = any_number, .kind = ValueKind::home_path},
    .flags = restore_flags,
    .examples = restore_examples,
    .exits = restore_exits,
    .run = run_restore};

}  // namespace envkeep::cli

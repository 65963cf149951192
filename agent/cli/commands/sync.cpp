// SPDX-License-Identifier: MIT
#include "envkeep/engine/sync.hpp"

#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_json.hpp"
#include "cli/render_report.hpp"
#include "cli/render_sync.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::cli {
namespace {

constexpr std::array sync_flags{
    Flag{.name = "--message",
         .value = "TEXT",
         .help = "of the commit; else it names the machine and the time",
         .letter = "-m"},
    Flag{.name = "--push", .help = "commit and push although the manifest says 'push: never'"},
    Flag{.name = "--no-push", .help = "only fetch, whatever the manifest says"},
};

constexpr std::array sync_examples{
    Example{"envkeep sync", "bring dotfiles and repositories up to date"},
    Example{"envkeep sync -m 'aliases for tmux' dotfiles", "commit and push one of them"},
};

constexpr std::array sync_exits{
    ExitUse{0, "all are up to date"},
    ExitUse{1, "something stands against it and was left as it is"},
    ExitUse{2, "the manifest must be corrected first"},
    ExitUse{3, "a link of the dotfiles could not be made"},
    ExitUse{4, "the store is missing, empty or another one"},
    ExitUse{5, "another session is changing the store: the dotfiles are not linked"},
    ExitUse{7, "a repository could not be reached, fetched or pushed, or Ctrl-C ended it"},
};

Result<engine::SyncOptions> sync_options_of(const Arguments& arguments) {
    const bool always = arguments.has("--push");
    const bool never = arguments.has("--no-push");
    if (always && never) {
        return failure(ErrorKind::usage,
                       "'--push' and '--no-push' exclude each other",
                       "without either, what the manifest says is done");
    }
    if (never && arguments.has("--message")) {
        return failure(ErrorKind::usage,
                       "'--message' is for what '--no-push' leaves out",
                       "leave one of the two out");
    }
    return engine::SyncOptions{.publish = always  ? engine::Publish::always
                                          : never ? engine::Publish::never
                                                  : engine::Publish::as_told,
                               .message = arguments.value("--message"),
                               .names = arguments.operands};
}

std::string summary_of(const engine::SyncReport& report) {
    return report.copies.empty()
               ? std::string("nothing to sync: the manifest has neither 'dotfiles:' nor 'repos:'\n")
               : fmt::format(
                     "{} in {}\n", copies_count_text(report.copies), timings_text(report.timings));
}

Result<Reply> run_sync(const Arguments& arguments, Context& context) {
    ENVKEEP_TRY(const engine::SyncOptions wishes, sync_options_of(arguments));
    ENVKEEP_TRY(engine::Session session, context.session());
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const engine::Options options, context.options());
    ENVKEEP_TRY(
        engine::SyncReport report,
        engine::sync(world, options, session, wishes, context.make_world(), context.listener()));
    report.timings = context.timings(std::move(report.timings));
    Reply reply{.ending = report.ending, .findings = findings_of(report)};
    if (context.wants_json()) {
        reply.members.set("repositories", json_of(report.copies));
        Json restored;
        if (report.restored) {
            add_restore(restored, *report.restored, context.absolute_of());
        }
        reply.members.set("restored", std::move(restored));
        reply.members.set("problems", json_of(report.problems));
        reply.members.set("timings", json_of(report.timings));
    } else if (!report.problems.empty()) {
        reply.errors = refusal_text(report.problems);
    } else {
        const View view = context.view(session);
        reply.text = session_text(session, view) + sync_text(report, context.absolute_of(), view) +
                     (view.quiet ? std::string() : summary_of(report));
    }
    return reply;
}

}  // namespace

constinit const Command sync_command{
    .name = "sync",
    .summary = "fetch, commit and push the dotfiles and repositories",
    .details =
        "Clones what is missing and fast-forwards the rest, all repositories side by side, then "
        "links what came with the dotfiles. Where the manifest says 'push: on-sync' or "
        "'on-snapshot', what was changed here is committed and pushed, after what others pushed. "
        "Nothing of yours is ever overwritten: a working copy with changes in the way is left as "
        "it is, and the commands that mend it are told. No git and no ssh is needed, and no "
        "question is asked: keys with a passphrase need an agent.",
    .operands = {.name = "NAME", .most = any_number},
    .flags = sync_flags,
    .examples = sync_examples,
    .exits = sync_exits,
    .run = run_sync};

}  // namespace envkeep::cli

// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"
#include "cli/backups.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/reply.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/engine/history.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::cli {
namespace {

constexpr std::string_view usual_age = "30d";

constexpr std::array flags{
    Flag{.name = "--backups", .help = "remove old backups from the store"},
    Flag{.name = "--older-than",
         .value = "AGE",
         .help = "only what is older: 12h, 30d, 8w; 30d by default, 0s for all"},
};

constexpr std::array examples{
    Example{"envkeep gc --backups", "remove backups older than 30 days"},
    Example{"envkeep gc --backups --older-than 7d", "remove those older than a week"},
};

constexpr std::array exits{
    ExitUse{0, "removed, or nothing was old enough"},
    ExitUse{2, "wrong use"},
    ExitUse{4, "the store is missing, empty or another one"},
    ExitUse{5, "another session is changing the store"},
};

std::string text_of(const std::vector<store::Backup>& removed, const View& view) {
    std::string out;
    std::uint64_t bytes = 0;
    for (const store::Backup& backup : removed) {
        bytes += backup.bytes;
        out += fmt::format("  removed  {}  {}  {}\n",
                           printable(backup.run),
                           view.path(backup.path),
                           human_size(backup.bytes));
    }
    if (view.quiet) {
        return {};
    }
    return out + (removed.empty() ? "no backup is old enough: nothing was removed\n"
                                  : fmt::format("freed {} in {}\n",
                                                human_size(bytes),
                                                counted(removed.size(), "backup")));
}

Result<Reply> run(const Arguments& arguments, Context& context) {
    if (!arguments.has("--backups")) {
        return failure(ErrorKind::usage,
                       "'gc' needs '--backups'",
                       "backups are all that this version removes, and only when told to");
    }
    const std::string age = arguments.value("--older-than");
    ENVKEEP_TRY(const std::chrono::milliseconds older_than,
                parse_duration(age.empty() ? usual_age : std::string_view(age)));
    ENVKEEP_TRY(const engine::Session session, context.session());
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const engine::GcReport report, engine::remove_backups(world, session, older_than));
    Reply reply;
    if (context.wants_json()) {
        reply.members.set("removed", json_of(report.removed));
    } else {
        reply.text = text_of(report.removed, context.view(session.home_path));
    }
    return reply;
}

}  // namespace

constinit const Command gc_command{
    .name = "gc",
    .summary = "free space in the store",
    .details =
        "Removes backups of what once stood in the way. Nothing else in envkeep removes them, "
        "unless the manifest says 'backups: {expire: ...}'. What 'release' has kept stays.",
    .flags = flags,
    .examples = examples,
    .exits = exits,
    .run = run};

}  // namespace envkeep::cli

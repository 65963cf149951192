// SPDX-License-Identifier: MIT
#include "cli/arguments.hpp"
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/reply.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/engine/layers.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::cli {
namespace {

constexpr std::array wait_flags{
    Flag{.name = "--limit", .value = "TIME", .help = "wait no longer: 30s, 5min; for ever without"},
};

constexpr std::array wait_examples{
    Example{"envkeep wait", "until all of the snapshot is here"},
    Example{"envkeep wait torch && python train.py", "until one package is"},
};

constexpr std::array wait_exits{
    ExitUse{0, "it is here"},
    ExitUse{1, "nothing brings the rest: 'envkeep restore' does"},
    ExitUse{2, "no such package is here, and none is coming"},
    ExitUse{4, "the store is missing, empty or another one"},
    ExitUse{6, "the time is over"},
};

Result<Reply> run_wait(const Arguments& arguments, Context& context) {
    engine::LayerWaitOptions options;
    if (!arguments.operands.empty()) {
        options.name = arguments.operands.front();
    }
    if (arguments.has("--limit")) {
        ENVKEEP_TRY(options.limit, parse_duration(arguments.value("--limit")));
    }
    ENVKEEP_TRY(const engine::Session session, context.session());
    ENVKEEP_TRY(const engine::World world, context.world());
    Result<engine::LayerWait> waited =
        engine::wait_for_layer(world, session, options, context.listener());
    if (!waited && waited.error().kind == ErrorKind::not_found) {
        waited.error().kind = ErrorKind::usage;
    }
    ENVKEEP_CHECK(waited);
    Reply reply;
    const bool is_there = *waited == engine::LayerWait::there;
    reply.members.set("there", is_there);
    if (*waited == engine::LayerWait::time_limit) {
        reply.ending = engine::Ending::time_limit;
        reply.errors = "envkeep: it is not all here yet\n";
    } else if (!is_there) {
        reply.ending = engine::Ending::findings;
        reply.errors = "envkeep: nothing brings the rest of the snapshot: run 'envkeep restore'\n";
    }
    if (context.wants_json()) {
        reply.errors.clear();
    }
    return reply;
}

}  // namespace

constinit const Command wait_command{
    .name = "wait",
    .summary = "wait until the snapshot, or one package of it, is wholly here",
    .details =
        "A start brings back as much of a snapshot as its limit allows and leaves the rest "
        "to the background. This waits for it.",
    .operands = {.name = "NAME", .most = 1},
    .flags = wait_flags,
    .examples = wait_examples,
    .exits = wait_exits,
    .run = run_wait};

}  // namespace envkeep::cli

// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_json.hpp"
#include "cli/reply.hpp"
#include "envkeep/keep/exports.hpp"

#include <array>

namespace envkeep::cli {
namespace {

constexpr std::array env_examples{
    Example{"eval \"$(envkeep env)\"", "in a shell that the start line did not reach"},
};

constexpr std::array env_exits{
    ExitUse{0, "printed"},
    ExitUse{2, "the manifest must be corrected; its sound variables are printed"},
    ExitUse{4, "the store is missing, empty or another one"},
};

Result<Reply> run_env(const Arguments& /*arguments*/, Context& context) {
    ENVKEEP_TRY(const engine::Session session, context.session());
    ENVKEEP_TRY(const engine::World world, context.world());
    const auto exports = keep::make_exports(
        session.manifest, [&](std::string_view name) { return world.machine.variable(name); });
    Reply reply{.ending = session.problems.empty() ? engine::Ending::well : engine::Ending::usage,
                .findings = session.findings};
    if (!context.wants_json()) {
        reply.data = keep::exports_text(exports);
        reply.errors = problems_text(session.problems);
        return reply;
    }
    Json list = Json::array();
    for (const auto& [name, value] : exports) {
        Json variable = Json::object();
        variable.set("name", name);
        variable.set("value", json_bytes(value));
        list.add(std::move(variable));
    }
    reply.members.set("variables", std::move(list));
    reply.members.set("problems", json_of(session.problems));
    return reply;
}

}  // namespace

constinit const Command env_command{
    .name = "env",
    .summary = "print the manifest's variables as exports, for eval",
    .details = "What 'env:' asks for, given what is set now; nothing is added twice.",
    .examples = env_examples,
    .exits = env_exits,
    .output = StandardOutput::data,
    .run = run_env};

}  // namespace envkeep::cli

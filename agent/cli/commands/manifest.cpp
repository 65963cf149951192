// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/context.hpp"
#include "cli/render_findings.hpp"
#include "cli/render_json.hpp"
#include "cli/reply.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/manifest/read.hpp"
#include "envkeep/manifest/show.hpp"

#include <fmt/format.h>

#include <array>

// manifest check, manifest schema, manifest show
namespace envkeep::cli {
namespace {

constexpr std::array check_examples{
    Example{"envkeep manifest check", "the store's manifest"},
    Example{"envkeep manifest check --manifest new.yaml", "another one, also without a store"},
};

constexpr std::array check_exits{
    ExitUse{0, "the manifest is sound"},
    ExitUse{2, "it must be corrected: each problem is told with file, line and column"},
    ExitUse{4, "the store is missing, empty or another one"},
};

constexpr std::array schema_examples{
    Example{"envkeep manifest schema > envkeep.schema.json", "for an editor that checks YAML"},
};

constexpr std::array schema_exits{ExitUse{0, "printed"}};

constexpr std::array show_examples{
    Example{"envkeep manifest show", "what holds here, includes and conditions worked out"},
};

constexpr std::array show_exits{
    ExitUse{0, "printed"},
    ExitUse{2, "the manifest must be corrected; its sound entries are printed"},
    ExitUse{4, "the store is missing, empty or another one"},
};

// A manifest as it holds on this machine.
struct Held {
    std::string file;
    manifest::Manifest manifest;
    std::vector<manifest::Problem> problems;
    std::vector<model::Finding> findings;
};

// A file that was named with --manifest is read without a store too.
Result<Held> read_without_store(Context& context, const std::string& file) {
    ENVKEEP_TRY(const engine::World world, context.world());
    ENVKEEP_TRY(const engine::Options options, context.options());
    ENVKEEP_TRY(const std::string home, store::find_home(options.home, world.machine, world.files));
    const manifest::ReadFile read_file = [&](const std::string& path) {
        return world.machine.read_fact(path, manifest::largest_manifest);
    };
    ENVKEEP_TRY(manifest::Reading reading, manifest::read(file, read_file));
    manifest::Reading here = manifest::evaluate(
        reading.manifest, engine::facts_of(world, home, store::recognise_platform(world.machine)));
    Held held{.file = file,
              .manifest = std::move(here.manifest),
              .problems = std::move(reading.problems),
              .findings = {}};
    manifest::add_problems(
        held.problems, std::move(here.problems), reading.manifest.files, read_file);
    return held;
}

Result<Held> read_here(Context& context) {
    Result<engine::Session> session = context.session();
    if (!session && session.error().kind == ErrorKind::store_missing) {
        ENVKEEP_TRY(const engine::Options options, context.options());
        if (options.manifest) {
            return read_without_store(context, *options.manifest);
        }
    }
    ENVKEEP_CHECK(session);
    return Held{.file = std::move(session->manifest_file),
                .manifest = std::move(session->manifest),
                .problems = std::move(session->problems),
                .findings = std::move(session->findings)};
}

engine::Ending ending_of_check(const Held& held) {
    return held.problems.empty() ? engine::Ending::well : engine::Ending::usage;
}

std::string contents_text(const manifest::Manifest& manifest) {
    std::string out = counted(manifest.keeps.size(), "keep");
    if (!manifest.modes.empty()) {
        out += ", " + counted(manifest.modes.size(), "mode rule");
    }
    if (!manifest.environment.empty()) {
        out += ", " + counted(manifest.environment.size(), "variable");
    }
    return out;
}

std::string check_text(const Held& held, const View& view) {
    std::string out = problems_text(held.problems);
    if (!held.problems.empty()) {
        return out + fmt::format("{}\n", counted(held.problems.size(), "problem"));
    }
    if (!view.quiet) {
        out += fmt::format(
            "{}: sound; in force here: {}\n", view.path(held.file), contents_text(held.manifest));
    }
    return out;
}

Result<Reply> run_check(const Arguments& /*arguments*/, Context& context) {
    ENVKEEP_TRY(const Held held, read_here(context));
    Reply reply{.ending = ending_of_check(held), .findings = held.findings};
    if (context.wants_json()) {
        reply.members.set("file", json_bytes(held.file));
        reply.members.set("problems", json_of(held.problems));
        return reply;
    }
    const View view = context.view();
    reply.text = check_text(held, view);
    if (held.problems.empty()) {
        reply.text += findings_text(held.findings, view);
    }
    return reply;
}

Result<Reply> run_schema(const Arguments& /*arguments*/, Context& context) {
    Reply reply;
    if (context.wants_json()) {
        ENVKEEP_TRY(Json schema, Json::parse(manifest::schema()));
        reply.members.set("schema", std::move(schema));
    } else {
        reply.data = fmt::format("{}\n", trimmed(manifest::schema()));
    }
    return reply;
}

Result<Reply> run_show(const Arguments& /*arguments*/, Context& context) {
    ENVKEEP_TRY(const Held held, read_here(context));
    Reply reply{.ending = ending_of_check(held), .findings = held.findings};
    if (context.wants_json()) {
        reply.members.set("file", json_bytes(held.file));
        reply.members.set("manifest", manifest::show(manifest::written_out(held.manifest)));
        reply.members.set("problems", json_of(held.problems));
    } else {
        reply.data = manifest::show(manifest::written_out(held.manifest));
        reply.errors = problems_text(held.problems);
    }
    return reply;
}

}  // namespace

constinit const Command manifest_check_command{
    .name = "manifest check",
    .summary = "say all that is wrong in the manifest",
    .details =
        "Reads the manifest and what it includes, works out conditions and variables for this "
        "machine, and tells every problem at once with file, line and column.",
    .examples = check_examples,
    .exits = check_exits,
    .run = run_check};

constinit const Command manifest_schema_command{
    .name = "manifest schema",
    .summary = "print the JSON Schema of the manifest, for editors",
    .details = "Draft 2020-12. Editors with a YAML language server check and complete by it.",
    .examples = schema_examples,
    .exits = schema_exits,
    .output = StandardOutput::data,
    .run = run_schema};

constinit const Command manifest_show_command{
    .name = "manifest show",
    .summary = "print the manifest as it holds here",
    .details =
        "YAML with includes merged, entries left out whose condition does not hold, and paths "
        "expanded.",
    .examples = show_examples,
    .exits = show_exits,
    .output = StandardOutput::data,
    .run = run_show};

}  // namespace envkeep::cli

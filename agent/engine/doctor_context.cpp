// SPDX-License-Identifier: MIT
#include "engine/doctor_context.hpp"

#include "engine/git_wishes.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/store/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace envkeep::engine {
namespace {

constexpr std::string_view data_name = "compat.json";
// Five times the program's own: what is read within a start's time.
constexpr std::uint64_t largest_data = std::uint64_t{2} << 20U;

model::Finding not_used(const std::string& file, std::string because) {
    return {.id = "gpu-data-not-used",
            .severity = model::Severity::warning,
            .subject = "gpu",
            .title = "the store's compatibility data are not used: the program's own are",
            .evidence = {fmt::format("{}: {}", file, because)},
            .fix = {.commands = {"rm " + shell_quoted(file)},
                    .text = "put newer data there, or take the file away"}};
}

// One for all: they are told in full by the command that it names.
void say_problems(const std::vector<manifest::Problem>& problems,
                  std::vector<model::Finding>& findings) {
    if (problems.empty()) {
        return;
    }
    model::Finding finding{
        .id = "manifest-problem",
        .severity = model::Severity::warning,
        .subject = "manifest",
        .title =
            fmt::format("the manifest has {}: what it says of 'gpu:' and 'doctor:' may not count",
                        counted(problems.size(), "problem")),
        .fix = {.commands = {"envkeep manifest check"}, .text = {}}};
    constexpr std::size_t most = 3;
    for (std::size_t i = 0; i < std::min(problems.size(), most); ++i) {
        const manifest::Problem& one = problems[i];
        finding.evidence.push_back(
            fmt::format("{}:{}:{}: {}", one.file, one.line, one.column, one.message));
    }
    findings.push_back(std::move(finding));
}

// Silent where there is no store: the doctor needs none. What somebody named is meant, and so is a
// manifest that cannot be read.
void say_that_it_is_not_read(const Options& options,
                             const Error& error,
                             std::vector<model::Finding>& findings) {
    const bool is_named = options.store || options.manifest;
    // A capture has no store, and what it takes to open one.
    if ((options.root && !options.manifest) ||
        (error.kind == ErrorKind::store_missing && !is_named)) {
        return;
    }
    findings.push_back(
        {.id = "gpu-manifest-not-read",
         .severity = model::Severity::warning,
         .subject = "manifest",
         .title = "the store's manifest was not read: its 'gpu:' and 'doctor:' do not count",
         .evidence = {error.message},
         .fix = {.text = error.hint}});
}

}  // namespace

DoctorContext context_of(const Session& session) {
    std::vector<std::string> variables;
    for (const manifest::Variable& variable : session.written.environment) {
        if (variable.mark.file == 0) {
            variables.push_back(variable.name);
        }
    }
    return {.home = session.home_path,
            .store_base = session.store.base_path,
            .store = session.store.path,
            .gpu_folder = fmt::format("{}/{}", session.store.path, store::names::gpu),
            .profile = session.manifest.snapshot.profile,
            .gpu = session.manifest.gpu,
            .variables = std::move(variables),
            .search = session.manifest.doctor ? session.manifest.doctor->search
                                              : std::vector<std::string>(),
            .wants_repositories = has_copies(session.manifest)};
}

DoctorContext find_context(const World& world, const Options& options) {
    const Result<Session> session = open_session(world, options);
    if (!session) {
        DoctorContext none;
        say_that_it_is_not_read(options, session.error(), none.findings);
        return none;
    }
    DoctorContext context = context_of(*session);
    say_problems(session->problems, context.findings);
    return context;
}

std::optional<Result<std::string>> read_gpu_file(const World& world,
                                                 const DoctorContext& context,
                                                 std::string_view name,
                                                 std::uint64_t limit) {
    if (context.gpu_folder.empty()) {
        return std::nullopt;
    }
    Result<std::string> text =
        world.files.open_root(context.gpu_folder).and_then([&](system::RootId folder) {
            return world.files.read_file(system::Place{.root = folder, .path = {}}.child(name),
                                         limit);
        });
    return !text && text.error().kind == ErrorKind::not_found ? std::nullopt
                                                              : std::optional(std::move(text));
}

ChosenData choose_compat_data(const World& world, const DoctorContext& context) {
    ChosenData chosen;
    const auto text = read_gpu_file(world, context, data_name, largest_data);
    if (!text) {
        return chosen;
    }
    const std::string file = fmt::format("{}/{}", context.gpu_folder, data_name);
    Result<gpu::CompatData> data = text->and_then(gpu::parse_compat_data);
    const std::string& own = gpu::built_in_compat_data().compiled;
    if (!data) {
        chosen.findings.push_back(not_used(file, data.error().message));
    } else if (data->compiled <= own) {
        model::Finding older = not_used(
            file, fmt::format("it is of {}, the program's data of {}", data->compiled, own));
        older.severity = model::Severity::info;
        chosen.findings.push_back(std::move(older));
    } else {
        chosen.of_store = *std::move(data);
        chosen.file = file;
    }
    return chosen;
}

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#include "envkeep/engine/session.hpp"

#include "engine/image_names.hpp"
#include "engine/read_through.hpp"
#include "engine/ready_store.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/store/layout.hpp"

#include <fmt/format.h>

namespace envkeep::engine {
namespace {

void say_problems(const std::vector<manifest::Problem>& problems,
                  std::vector<model::Finding>& findings) {
    for (const manifest::Problem& problem : problems) {
        findings.push_back(
            {.id = "manifest-problem",
             .severity = model::Severity::error,
             .subject = "manifest",
             .title = problem.message,
             .evidence = {fmt::format(
                 "{}:{}:{}: {}", problem.file, problem.line, problem.column, problem.snippet)},
             .fix = {.text = problem.hint}});
    }
}

// It is the manifest that needs a cure, whatever kept it from being read.
tl::unexpected<Error> unreadable(Error reading) {
    if (reading.hint.empty() && reading.kind == ErrorKind::unsupported) {
        reading.hint =
            "a manifest is a file that names paths and holds no data: put the right one "
            "there, or name another with --manifest FILE";
    }
    reading.kind = ErrorKind::invalid_manifest;
    return tl::unexpected(std::move(reading).while_doing("reading the manifest"));
}

Result<void> read_manifest(const World& world, const Options& options, Session& session) {
    session.manifest_file =
        options.manifest.value_or(fmt::format("{}/{}", session.store.path, store::names::manifest));
    const manifest::ReadFile read_file = read_through(world.files);
    Result<manifest::Reading> reading = manifest::read(session.manifest_file, read_file);
    if (!reading && reading.error().kind == ErrorKind::not_found) {
        return failure(ErrorKind::invalid_manifest,
                       fmt::format("there is no manifest {}", quoted(session.manifest_file)),
                       options.manifest ? "name an existing file with --manifest"
                                        : "run 'envkeep init' to have one made");
    }
    if (!reading) {
        return unreadable(std::move(reading).error());
    }
    session.written = std::move(reading->manifest);
    session.problems = std::move(reading->problems);
    manifest::Reading evaluated =
        manifest::evaluate(session.written, facts_of(world, session.home_path, session.platform));
    session.manifest = std::move(evaluated.manifest);
    manifest::add_problems(
        session.problems, std::move(evaluated.problems), session.written.files, read_file);
    say_problems(session.problems, session.findings);
    return {};
}

// A store that was exchanged under a living session, or under a home that outlived its container:
// what was restored from the one must neither be saved to the other nor be replaced by what lies
// there, unless the user means that one.
Result<void> compare_stores(const World& world, const Options& options, Session& session) {
    const std::string last =
        session.state ? session.state->store_id : store::last_store(session.home, world.files);
    if (last.empty() || last == session.store.id) {
        return {};
    }
    session.other_store = last;
    session.state.reset();
    if (!options.store) {
        return check_is_same_store(session);
    }
    session.findings.push_back(
        {.id = "store-changed",
         .severity = model::Severity::warning,
         .subject = "store",
         .title = "this home was brought in order from another store so far",
         .evidence = {fmt::format("{} has the id {}, the one before {}",
                                  quoted(session.store.path),
                                  session.store.id,
                                  printable(session.other_store))},
         .fix = {.text = "nothing, if you mean this one: 'envkeep restore' goes on with it"}});
    return {};
}

}  // namespace

Result<void> check_is_same_store(const Session& session) {
    if (session.other_store.empty()) {
        return {};
    }
    return failure(
        ErrorKind::store_missing,
        fmt::format("{} is another store (id {}) than the one that this home was brought in order "
                    "from (id {})",
                    quoted(session.store.path),
                    session.store.id,
                    printable(session.other_store)),
        fmt::format("mount the right one there; if this one is meant: 'envkeep restore --store {}'",
                    shell_quoted(session.store.base_path)));
}

manifest::Facts facts_of(const World& world,
                         const std::string& home,
                         const store::Platform& platform) {
    const system::Machine& machine = world.machine;
    return {.home = home,
            .platform = platform.id,
            .images = [&machine] { return image_names(machine); },
            .host = machine.host_name(),
            .has_gpu = machine.exists("/dev/nvidiactl") || machine.exists("/dev/dxg"),
            .variable = [&machine](std::string_view name) { return machine.variable(name); },
            .exists = [&machine](const std::string& path) { return machine.exists(path); }};
}

Result<Session> open_session(const World& world, const Options& options) {
    Session session;
    ENVKEEP_TRY(session.home_path, store::find_home(options.home, world.machine, world.files));
    ENVKEEP_TRY(session.home, world.files.open_root(session.home_path));
    session.platform = store::recognise_platform(world.machine);
    ENVKEEP_TRY(session.choice,
                store::choose_store(options.store, world.own_binary, world.machine, world.files));
    ENVKEEP_TRY(session.store, store::open_store(session.choice, world.machine, world.files));
    ENVKEEP_TRY(session.container, world.machine.container());
    ENVKEEP_TRY(session.container_start, world.machine.container_start());
    if (session.container.first_start != 0) {
        session.image_until = session.container_start;
    }
    session.state = store::load_state(session.home, session.container, world.files);
    ENVKEEP_CHECK(compare_stores(world, options, session));
    forget_other_mount(world, session);
    session.loaded = session.state;
    ENVKEEP_CHECK(read_manifest(world, options, session));
    return session;
}

}  // namespace envkeep::engine

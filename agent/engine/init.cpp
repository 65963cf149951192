// SPDX-License-Identifier: MIT
#include "engine/adopt_check.hpp"
#include "engine/hook_file.hpp"
#include "engine/image_here.hpp"
#include "engine/init_binary.hpp"
#include "engine/init_manifest.hpp"
#include "engine/init_repository.hpp"
#include "engine/ready_store.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/household.hpp"
#include "envkeep/store/findings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::engine {
namespace {

// A folder that is not mounted is lost with the container: refused where the platform's mount is
// expected, said where the user named the folder.
Result<void> check_mount(const World& world, const Options& options, InitReport& report) {
    const std::optional<system::Mount> mount = store::mount_of(report.choice.base, world.machine);
    if (mount && mount->point != "/") {
        return {};
    }
    if (!options.store && world.machine.variable("ENVKEEP_STORE").value_or("").empty()) {
        const store::Advice& advice = report.platform.advice;
        if (!advice.is_mount && report.choice.base == report.platform.store) {
            return {};
        }
        return failure(
            ErrorKind::store_missing,
            fmt::format("{} is not a mount: what is put there is lost with this container",
                        quoted(report.choice.base)),
            fmt::format("{}, or name a folder that "
                        "persists with --store DIR ('--store {}' if this one really does)",
                        advice.missing.empty() ? "start the notebook with its persistent storage"
                                               : advice.missing,
                        report.choice.base));
    }
    report.findings.push_back(
        {.id = "store-not-mounted",
         .severity = model::Severity::warning,
         .subject = "store",
         .title = "the store lies on the container's own disk: it is lost when the container is",
         .evidence = {fmt::format("{} is on the same mount as /", report.choice.base)},
         .fix = {.who = model::Who::restart,
                 .text = "where this is not meant, give the mounted folder with --store DIR"}});
    return {};
}

// The session that init would make, as far as paths to adopt depend on it.
Session session_of(const World& world,
                   const std::string& home,
                   const store::StoreChoice& choice,
                   const store::Platform& platform,
                   const ManifestPlan& plan) {
    Session session{.home_path = home, .platform = platform};
    session.store.base_path = choice.base;
    if (auto there = store::open_store(choice, world.machine, world.files)) {
        session.store = *std::move(there);
    }
    session.manifest_file = plan.path;
    session.written = plan.reading.manifest;
    manifest::Reading evaluated =
        manifest::evaluate(session.written, facts_of(world, home, platform));
    session.manifest = std::move(evaluated.manifest);
    session.problems = plan.reading.problems;
    session.problems.insert(
        session.problems.end(), evaluated.problems.begin(), evaluated.problems.end());
    return session;
}

// All that can be refused, before the first write.
Result<ManifestPlan> prepare(const World& world,
                             const Options& options,
                             const InitOptions& init,
                             const std::string& home,
                             InitReport& report) {
    ENVKEEP_CHECK(check_mount(world, options, report));
    const Result<store::Store> there = store::open_store(report.choice, world.machine, world.files);
    if (there) {
        ENVKEEP_CHECK(check_binary(world, *there));
    }
    ENVKEEP_TRY(ManifestPlan plan,
                plan_manifest(world, home, report.choice.base, report.platform, init));
    const Session session = session_of(world, home, report.choice, report.platform, plan);
    report.problems = session.problems;
    if (!report.problems.empty()) {
        report.ending = Ending::usage;
        return plan;
    }
    for (const std::string& typed : init.adopt) {
        ENVKEEP_CHECK(check_path(world, session, typed));
    }
    return plan;
}

void say_undone(std::string subject, const Error& error, InitReport& report) {
    report.ending = Ending::partly;
    report.findings.push_back({.id = "init-incomplete",
                               .severity = model::Severity::error,
                               .subject = std::move(subject),
                               .title = error.message,
                               .fix = {.text = error.hint}});
}

void take_over_repository(const World& world,
                          const Options& options,
                          const ManifestPlan& plan,
                          const Listener& listener,
                          InitReport& report) {
    if (const auto done = import_repository(world, options, plan, listener, report); !done) {
        say_undone("dotfiles", done.error(), report);
    }
}

// Elsewhere the file would lie in the folder that survives and mean nothing.
bool reads_pre_run(const store::Platform& platform) {
    return platform.runs_pre_run || platform.id == "gradient" || platform.id == "container";
}

void install_start(const World& world, const store::Store& store, InitReport& report) {
    report.hook_is_sure = report.platform.runs_pre_run;
    report.hook_because = report.platform.hook_because;
    if (!report.hook_is_sure) {
        report.fallback = hook_text(
            hook_use(report.platform.advice.use), report.choice.base, report.platform.advice);
    }
    report.hook.line = hook_line(report.choice.base);
    const Result<bool> wrote = write_hook_file(world, store);
    if (!wrote) {
        say_undone("start", wrote.error(), report);
        return;
    }
    if (*wrote) {
        report.hook.changed.push_back(world.files.absolute(store.place(store::names::hook)));
    }
    if (const Result<void> installed = reads_pre_run(report.platform)
                                           ? install_line(world, store, report.hook)
                                           : Result<void>();
        !installed) {
        say_undone("start", installed.error(), report);
        report.findings.back().fix = {
            .commands = {report.hook.line},
            .text = "put this line first into the script that it leads to"};
    }
    for (const std::string& file : report.hook.changed) {
        report.changed.push_back(fmt::format("wrote {}", file));
    }
}

void install_program(const World& world, const store::Store& store, InitReport& report) {
    Result<BinaryChange> binary = install_binary(world, store);
    if (!binary) {
        say_undone("program", binary.error(), report);
        return;
    }
    report.binary_note = std::move(binary->note);
    std::ranges::move(binary->changed, std::back_inserter(report.changed));
}

void install_first_notice(const World& world, const std::string& home, InitReport& report) {
    const Result<std::vector<std::string>> files = install_notice(world, home);
    if (!files) {
        say_undone("notice", files.error(), report);
        return;
    }
    for (const std::string& file : *files) {
        report.changed.push_back(fmt::format("wrote {}", file));
    }
    report.notice_line = notice_line(world, home).value_or("");
}

void adopt_named(const World& world,
                 const Options& options,
                 const std::vector<std::string>& paths,
                 const Listener& listener,
                 InitReport& report) {
    Result<AdoptReport> adopted = adopt(world, options, {.paths = paths}, listener);
    if (!adopted) {
        say_undone("adopt", adopted.error(), report);
        return;
    }
    if (adopted->ending != Ending::well) {
        report.ending = adopted->ending;
    }
    report.adopted = std::move(adopted->restore);
}

Result<InitReport> roll_back(const World& world, InitReport report) {
    ENVKEEP_TRY(const store::Store store,
                store::open_store(report.choice, world.machine, world.files));
    ENVKEEP_TRY(BinaryChange change, roll_back_binary(world, store));
    report.store = store.path;
    report.binary_note = std::move(change.note);
    report.changed = std::move(change.changed);
    return report;
}

}  // namespace

Result<InitReport> init(const World& world,
                        const Options& options,
                        const InitOptions& init,
                        const Listener& listener) {
    InitReport report;
    ENVKEEP_TRY(const std::string home, store::find_home(options.home, world.machine, world.files));
    ENVKEEP_TRY(report.choice,
                store::choose_store(options.store, world.own_binary, world.machine, world.files));
    report.platform = store::detect_platform(world.machine, report.choice.base);
    if (init.rollback) {
        return roll_back(world, std::move(report));
    }
    ENVKEEP_TRY(ManifestPlan plan, prepare(world, options, init, home, report));
    report.manifest = plan.path;
    if (!report.problems.empty()) {
        return report;
    }
    const bool was_there = store::open_store(report.choice, world.machine, world.files).has_value();
    ENVKEEP_TRY(const store::Store store,
                store::create_store(report.choice, world.machine, world.files, *world.writer));
    ENVKEEP_CHECK(forget_other_store(world, home, store));
    report.store = store.path;
    if (!was_there) {
        report.changed.push_back(fmt::format("made the store {}", store.path));
    }
    std::ranges::move(plan.findings, std::back_inserter(report.findings));
    if (const auto written = write_manifest(world, options, store, plan, report); !written) {
        if (written.error().kind == ErrorKind::busy) {
            return tl::unexpected(written.error());  // only a store that was there can be
        }
        say_undone("manifest", written.error(), report);
    } else {
        report.imported = std::move(plan.imported);
        if (plan.repository) {
            take_over_repository(world, options, plan, listener, report);
        }
    }
    install_program(world, store, report);
    install_start(world, store, report);
    if (const Result<Session> session = open_session(world, options)) {
        // Else the first snapshot does it, of what is left of the image by then.
        static_cast<void>(meet_image(world, *session, listener));
    }
    if (init.notice) {
        install_first_notice(world, home, report);
    }
    if (!init.adopt.empty()) {
        adopt_named(world, options, init.adopt, listener, report);
    }
    std::ranges::move(store::store_findings(store, std::nullopt, world.machine, world.files),
                      std::back_inserter(report.findings));
    return report;
}

}  // namespace envkeep::engine

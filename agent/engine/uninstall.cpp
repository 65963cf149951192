// SPDX-License-Identifier: MIT
#include "engine/carry_out.hpp"
#include "engine/make_real.hpp"
#include "engine/notice_file.hpp"
#include "engine/ready_store.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/household.hpp"
#include "envkeep/posix/process.hpp"
#include "envkeep/store/lease.hpp"

#include <fmt/format.h>

namespace envkeep::engine {
namespace {

// The background process saves once more and gives its lease back at SIGTERM.
void end_background(const World& world, const Session& session, UninstallReport& report) {
    if (!session.state || !session.state->background ||
        !world.machine.is_alive(*session.state->background)) {
        return;
    }
    const system::ProcessId background = *session.state->background;
    const Result<void> told = posix::end_process(background, posix::Ending::politely);
    const SteadyTime deadline = world.machine.steady_now() + std::chrono::seconds(10);
    if (told && posix::wait_for_end(background, deadline)) {
        report.removed.push_back(fmt::format("the background process {}", background.pid));
    } else {
        report.left.push_back(
            fmt::format("the background process {} is still saving", background.pid));
    }
}

void make_links_real(const World& world,
                     const Session& session,
                     const keep::Wanted& wanted,
                     store::Journal& journal,
                     UninstallReport& report) {
    for (const keep::WantedKeep& keep : wanted.keeps) {
        const bool holds_store = session.store.path.starts_with(keep.target + "/");
        if (keep.form != keep::Form::link || !is_our_link(world, keep) || holds_store) {
            continue;
        }
        const Result<void> made = make_real(world, keep, journal);
        if (made) {
            report.copied.push_back(keep.subject);
            continue;
        }
        report.ending = Ending::partly;
        report.findings.push_back({.id = "keep-conflict",
                                   .severity = model::Severity::warning,
                                   .subject = keep.subject,
                                   .title = fmt::format("stays a link: {}", made.error().message),
                                   .fix = {.text = made.error().hint}});
    }
}

Result<void> remove_file_if_there(const World& world,
                                  const system::Place& place,
                                  UninstallReport& report) {
    ENVKEEP_TRY(const system::Status there, world.files.status(place));
    if (there.kind != system::Kind::file) {
        return {};
    }
    ENVKEEP_CHECK(world.writer->remove_file(place, there));
    report.removed.push_back(world.files.absolute(place));
    return {};
}

Result<void> remove_program(const World& world,
                            const store::Store& store,
                            UninstallReport& report) {
    ENVKEEP_TRY(const HookReport hook, remove_hook(world, store));
    for (const std::string& file : hook.changed) {
        report.removed.push_back(
            file.ends_with(store::names::hook) ? file : fmt::format("our line in {}", file));
    }
    ENVKEEP_CHECK(remove_file_if_there(world, store.place("bin/envkeep.previous"), report));
    return remove_file_if_there(world, store.place(store::names::binary), report);
}

void say_what_stays(const Session& session, UninstallReport& report) {
    for (const std::string_view name :
         {store::names::manifest, store::names::home, store::names::backups}) {
        report.left.push_back(fmt::format("{}/{}", session.store.path, name));
    }
}

}  // namespace

Result<UninstallReport> uninstall(const World& world,
                                  const Options& options,
                                  bool leave_links,
                                  const Listener& listener) {
    UninstallReport report;
    ENVKEEP_TRY(const Session session, open_session(world, options));
    const auto take_claim = [&] {
        return store::ChangesClaim::take(
            session.store, "uninstall", world.machine, world.files, *world.writer);
    };
    // Given back at once: the last save of the background process needs it, but where another
    // session has it nothing may end.
    ENVKEEP_CHECK(take_claim());
    end_background(world, session, report);
    ENVKEEP_TRY(const store::ChangesClaim claim, take_claim());
    if (!leave_links) {
        if (listener.phase) {
            listener.phase("copying what is linked to this home");
        }
        ENVKEEP_TRY(const keep::Wanted wanted,
                    keep::resolve(session.manifest,
                                  {.home = session.home,
                                   .store = session.store,
                                   .python = python_of(world, session),
                                   .modes_honoured = are_modes_honoured(world, session)},
                                  world.files));
        store::Journal journal(journal_folder(session),
                               store::new_run("uninstall", session.home_path, world.machine),
                               world.files,
                               *world.writer);
        make_links_real(world, session, wanted, journal, report);
        ENVKEEP_CHECK(journal.finish());
    }
    ENVKEEP_TRY(const std::vector<std::string> notices, remove_notice(world, session.home_path));
    report.removed.insert(report.removed.end(), notices.begin(), notices.end());
    ENVKEEP_CHECK(remove_program(world, session.store, report));
    say_what_stays(session, report);
    return report;
}

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#include "engine/carry_out.hpp"
#include "engine/hook_file.hpp"
#include "engine/make_real.hpp"
#include "engine/manifest_edit.hpp"
#include "engine/notebook_notice.hpp"
#include "engine/one_background.hpp"
#include "engine/our_links.hpp"
#include "engine/ready_store.hpp"
#include "engine/store_claim.hpp"
#include "engine/unsaved.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/household.hpp"
#include "envkeep/engine/restore.hpp"
#include "envkeep/posix/process.hpp"
#include "envkeep/store/lease.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::engine {
namespace {

// A link to the persistent folder itself is no keep of something in it.
bool holds_store(const Session& session, const std::string& target) {
    return session.store.path.starts_with(target + "/");
}

// The background process saves once more and gives its lease back at SIGTERM.
void end_background(const World& world,
                    const system::ProcessId& background,
                    UninstallReport& report) {
    const Result<void> told = posix::end_process(background, posix::Ending::politely);
    const SteadyTime deadline = world.machine.steady_now() + std::chrono::seconds(10);
    if (told && posix::wait_for_end(background, deadline)) {
        report.removed.push_back(fmt::format("the background process {}", background.pid));
    } else {
        report.left.push_back(
            fmt::format("the background process {} is still saving", background.pid));
    }
}

// What a faulty entry keeps is not saved, and nobody knows what that is.
Result<void> check_entries(const Session& session) {
    const bool has_copies =
        session.state &&
        std::ranges::any_of(session.state->files, [](const auto& file) { return !file.is_link; });
    if (session.problems.empty() || !has_copies) {
        return {};
    }
    return failure(ErrorKind::conflict,
                   "the manifest has mistakes, so that not all may be saved; nothing was "
                   "uninstalled",
                   "'envkeep manifest check' names them: correct them, or write 'keep: []', then "
                   "run the same command again");
}

// Nobody saves once the program is gone.
Result<SaveReport> save_all(const World& world, Session& session, const Listener& listener) {
    ENVKEEP_TRY(SaveReport saved, save(world, session, listener));
    if (!saved.unsaved.empty()) {
        return not_saved(saved.unsaved.front(), "nothing was uninstalled");
    }
    ENVKEEP_CHECK(check_entries(session));
    return saved;
}

// Why it goes no further, when the background process has ended for it.
tl::unexpected<Error> nobody_saves_now(Error error) {
    error.message += "; nothing is saved by itself any more";
    error.hint += fmt::format("{}'envkeep restore --start >/dev/null' starts the saving again",
                              error.hint.empty() ? "" : "; ");
    return tl::unexpected(std::move(error));
}

void say_incomplete(std::string subject, const Error& error, UninstallReport& report) {
    report.ending = Ending::partly;
    report.findings.push_back({.id = "uninstall-incomplete",
                               .severity = model::Severity::error,
                               .subject = std::move(subject),
                               .title = error.message,
                               .fix = {.text = error.hint}});
}

// A session that goes on elsewhere saves until it ends, and its shells call what is gone.
void warn_of_sessions(const World& world, const Session& session, UninstallReport& report) {
    const auto leases = store::list_leases(session.store, world.machine, world.files, world.writer);
    for (const store::LeaseSeen& seen : leases.value_or(std::vector<store::LeaseSeen>{})) {
        const bool is_ours =
            seen.lease.home == session.home_path && seen.lease.container == session.container;
        if (seen.state != store::LeaseState::live || is_ours) {
            continue;
        }
        report.ending = report.ending == Ending::well ? Ending::findings : report.ending;
        report.findings.push_back(
            {.id = "session-loses-program",
             .severity = model::Severity::warning,
             .subject = "sessions",
             .title = fmt::format("a session of {} on {} is still alive: it loses its program",
                                  seen.lease.home,
                                  seen.lease.host),
             .evidence = {fmt::format("since {}", seen.lease.started)},
             .fix = {.text = "its links stay, and what it has copied is saved until it ends; "
                             "'init' from a copy of the program brings it back"}});
    }
}

void make_links_real(const World& world,
                     const Session& session,
                     const keep::Wanted& wanted,
                     store::ChangesClaim& claim,
                     UninstallReport& report) {
    store::Journal journal(journal_folder(session),
                           store::new_run("uninstall", session.home_path, world.machine),
                           world.files,
                           *world.writer);
    for (const keep::WantedKeep& keep : wanted.keeps) {
        if (keep.form != keep::Form::link || !is_our_link(world, keep) ||
            holds_store(session, keep.target)) {
            continue;
        }
        const Result<void> made = claim.renew().and_then(
            [&] { return make_real(world, keep, {.journal = journal, .claim = claim}); });
        if (made) {
            report.copied.push_back(keep.subject);
        } else {
            report.ending = Ending::partly;
            report.findings.push_back(
                {.id = "keep-conflict",
                 .severity = model::Severity::warning,
                 .subject = keep.subject,
                 .title = fmt::format("{} stays a link: {}", keep.subject, made.error().message),
                 .fix = {.text = made.error().hint}});
        }
    }
    report.run = journal.is_begun() ? journal.run().id : std::string();
    if (const Result<void> finished = journal.finish(); !finished) {
        say_incomplete("journal", finished.error(), report);
    }
}

// What still leads into the store. With `--links` that was asked for; else it is told how to end
// it, but where it was told already.
void say_links(const std::vector<OurLink>& links,
               const Session& session,
               bool leave_links,
               UninstallReport& report) {
    for (const OurLink& link : links) {
        const std::string subject = subject_of(session, link.place);
        const bool is_told = std::ranges::any_of(
            report.findings, [&](const auto& told) { return told.subject == subject; });
        if (is_told) {
            continue;
        }
        if (leave_links || holds_store(session, link.target)) {
            report.left.push_back(fmt::format("{} -> {}", link.place, link.target));
            continue;
        }
        report.ending = Ending::partly;
        report.findings.push_back(
            {.id = "link-stays",
             .severity = model::Severity::warning,
             .subject = subject,
             .title = fmt::format(
                 "{} stays a link into the store: no sound entry of the manifest names it",
                 subject),
             .evidence = {fmt::format("{} -> {}", link.place, link.target)},
             .fix = {.commands = {fmt::format("rm {0} && cp -a {1} {0}",
                                              shell_quoted(link.place),
                                              shell_quoted(link.target))}}});
    }
}

void remove_file_if_there(const World& world, const system::Place& place, UninstallReport& report) {
    const auto remove = [&]() -> Result<bool> {
        ENVKEEP_TRY(const system::Status there, world.files.status(place));
        if (there.kind != system::Kind::file) {
            return false;
        }
        ENVKEEP_CHECK(world.writer->remove_file(place, there));
        return true;
    };
    if (const Result<bool> removed = remove(); !removed) {
        say_incomplete("program", removed.error(), report);
    } else if (*removed) {
        report.removed.push_back(world.files.absolute(place));
    }
}

// While a kept folder is a link still, so that neither the home nor the store has it afterwards.
void remove_from_notebooks(const World& world, const Session& session, UninstallReport& report) {
    const auto removed = remove_notebook_notice(world, session);
    if (removed) {
        report.removed.insert(report.removed.end(), removed->begin(), removed->end());
    } else {
        say_incomplete("notice", removed.error(), report);
    }
}

// Each part by itself: what cannot be removed keeps nothing else in place.
void remove_program(const World& world, const Session& session, UninstallReport& report) {
    const auto notices = remove_notice(world, session.home_path);
    if (notices) {
        report.removed.insert(report.removed.end(), notices->begin(), notices->end());
    } else {
        say_incomplete("notice", notices.error(), report);
    }
    HookReport hook;
    if (const auto line = remove_line(world, session.store, hook); !line) {
        say_incomplete("start", line.error(), report);
    }
    for (const std::string& file : hook.changed) {
        report.removed.push_back(fmt::format("our line in {}", file));
    }
    for (const std::string_view name :
         {store::names::hook, std::string_view("bin/envkeep.previous"), store::names::binary}) {
        remove_file_if_there(world, session.store.place(name), report);
    }
}

void say_what_stays(const World& world, const Session& session, UninstallReport& report) {
    const auto say = [&](const system::Place& place) {
        const auto there = world.files.status(place);
        if (there && there->kind != system::Kind::absent) {
            report.left.push_back(world.files.absolute(place));
        }
    };
    for (const std::string_view name : {store::names::manifest,
                                        store::names::home,
                                        store::names::repositories,
                                        store::names::snapshots,
                                        store::names::packs,
                                        store::names::packages,
                                        store::names::backups,
                                        store::names::journal,
                                        store::names::reports}) {
        say(session.store.place(name));
    }
    const system::Place home{.root = session.home, .path = {}};
    say(home.child(store::names::aside));
    say(home.child(store::names::state));
}

struct Found {
    Session session;
    keep::Wanted wanted;
};

Result<Found> look(const World& world, const Options& options) {
    ENVKEEP_TRY(Session session, open_session(world, options));
    ENVKEEP_TRY(keep::Wanted wanted,
                keep::resolve(session.manifest,
                              {.home = session.home,
                               .store = session.store,
                               .python = python_of(world, session),
                               .modes_honoured = are_modes_honoured(world, session)},
                              world.files));
    return Found{.session = std::move(session), .wanted = std::move(wanted)};
}

// What the background process did at its end counts: all is looked at anew.
Result<store::ChangesClaim> save_last(const World& world,
                                      const Options& options,
                                      const Listener& listener,
                                      Found& found,
                                      UninstallReport& report) {
    ENVKEEP_TRY(found, look(world, options));
    ENVKEEP_TRY(const SaveReport saved, save_all(world, found.session, listener));
    report.findings.insert(report.findings.end(), saved.findings.begin(), saved.findings.end());
    if (!saved.findings.empty() && report.ending == Ending::well) {
        report.ending = Ending::findings;
    }
    return claim_store(world, found.session.store, "uninstall", listener);
}

}  // namespace

Result<UninstallReport> uninstall(const World& world,
                                  const Options& options,
                                  bool leave_links,
                                  const Listener& listener) {
    UninstallReport report;
    ENVKEEP_TRY(Found found, look(world, options));
    warn_of_sessions(world, found.session, report);
    // Given back at once: the last save of the background process needs it, but where another
    // session has it nothing may end.
    ENVKEEP_CHECK(claim_store(world, found.session.store, "uninstall", listener));
    // While the background process still saves, in case that nothing can be done.
    ENVKEEP_CHECK(save_all(world, found.session, listener));
    const std::vector<system::ProcessId> backgrounds = all_backgrounds(world, found.session);
    for (const system::ProcessId& background : backgrounds) {
        end_background(world, background, report);
    }
    Result<store::ChangesClaim> claim = save_last(world, options, listener, found, report);
    if (!claim) {
        return backgrounds.empty() ? tl::unexpected(std::move(claim).error())
                                   : nobody_saves_now(std::move(claim).error());
    }
    const auto& [session, wanted] = found;
    remove_from_notebooks(world, session, report);
    if (!leave_links) {
        if (listener.phase) {
            listener.phase("copying what is linked to this home");
        }
        make_links_real(world, session, wanted, *claim, report);
    }
    say_links(our_links(world, session, wanted), session, leave_links, report);
    remove_program(world, session, report);
    say_what_stays(world, session, report);
    return report;
}

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#include "engine/carry_out.hpp"

#include "engine/back_up_asides.hpp"
#include "engine/journal_reach.hpp"
#include "engine/ready_store.hpp"
#include "engine/store_claim.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/keep/apply.hpp"
#include "envkeep/keep/undo.hpp"
#include "envkeep/store/journal.hpp"
#include "envkeep/store/lease.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>
#include <set>

namespace envkeep::engine {
namespace {

bool changes_store(const model::Step& step, const Session& session) {
    return model::place_of(step.action).root == session.store.root ||
           model::place_of(step.action).root == session.store.base;
}

// Without the groups that change the store: another session is at it just now.
model::Plan without_store_changes(const model::Plan& plan,
                                  const Session& session,
                                  std::vector<model::Step>& left) {
    std::set<std::size_t> groups;
    for (const model::Step& step : plan.steps) {
        if (changes_store(step, session)) {
            groups.insert(step.group);
        }
    }
    model::Plan rest = plan;
    rest.steps.clear();
    for (const model::Step& step : plan.steps) {
        (groups.contains(step.group) ? left : rest.steps).push_back(step);
    }
    return rest;
}

void remember(std::vector<store::RestoredFile> restored, store::SessionState& state) {
    for (store::RestoredFile& file : restored) {
        const auto known = std::find_if(state.files.begin(),
                                        state.files.end(),
                                        [&](const auto& one) { return one.place == file.place; });
        if (known == state.files.end()) {
            state.files.push_back(std::move(file));
        } else {
            *known = std::move(file);
        }
    }
}

void say_only_here(const Session& session,
                   const store::BackupReport& report,
                   std::vector<model::Finding>& findings) {
    if (report.only_here.empty()) {
        return;
    }
    model::Finding finding{
        .id = "backup-only-here",
        .severity = model::Severity::warning,
        .subject = "backups",
        .title = fmt::format("{} that went aside {} only on this machine",
                             counted(report.only_here.size(), "thing"),
                             report.only_here.size() == 1 ? "is" : "are"),
        .evidence = report.only_here,
        .fix = {.text = is_mounted_read_only(session.store)
                            ? "copy what you need before this container ends: nothing can be "
                              "written to the store"
                            : "copy what you need before this container ends, make room with "
                              "'envkeep gc --backups', or raise 'backups: {limit: ...}'"}};
    std::ranges::copy(report.problems, std::back_inserter(finding.evidence));
    findings.push_back(std::move(finding));
}

// For `status`: what has no backup, and where it lies. Of a folder it may be one file.
void remember_only_here(const World& world,
                        const store::BackupReport& report,
                        const std::vector<store::Aside>& asides,
                        store::SessionState& state) {
    for (const std::string& original : report.only_here) {
        for (const store::Aside& aside : asides) {
            if (original == aside.original || original.starts_with(aside.original + '/')) {
                state.only_here.push_back({.original = original,
                                           .aside = world.files.absolute(aside.place) +
                                                    original.substr(aside.original.size())});
                break;
            }
        }
    }
}

struct Claimed {
    std::optional<store::ChangesClaim> claim;
    bool is_busy = false;
    bool is_lost = false;  // another session took it over: this machine did not answer for long
};

// Called often: another container takes over what is not renewed.
bool holds_on(Claimed& claimed) {
    if (claimed.claim && !claimed.is_lost) {
        const Result<void> renewed = claimed.claim->renew();
        claimed.is_lost = !renewed && renewed.error().kind == ErrorKind::busy;
    }
    return !claimed.is_lost;
}

// For what nobody planned: the claim is taken when it is needed, and not waited for.
bool may_change_store(const World& world,
                      const Session& session,
                      const CarryOutOptions& options,
                      Claimed& claimed) {
    if (session.store.is_read_only || claimed.is_busy) {
        return false;
    }
    if (!claimed.claim) {
        claimed.claim = claim_at_once(world, session.store, options.command);
    }
    return claimed.claim && holds_on(claimed);
}

Result<Claimed> claim_changes(const World& world,
                              const Session& session,
                              const model::Plan& plan,
                              const CarryOutOptions& options,
                              const Listener& listener) {
    const bool is_needed =
        !session.store.is_read_only &&
        (options.before ||
         std::any_of(plan.steps.begin(), plan.steps.end(), [&](const model::Step& step) {
             return changes_store(step, session);
         }));
    if (!is_needed) {
        return Claimed{};
    }
    Result<store::ChangesClaim> claim =
        claim_store(options.if_busy == IfBusy::fail ? world : without_patience(world),
                    session.store,
                    options.command,
                    listener);
    if (!claim && claim.error().kind == ErrorKind::busy && options.if_busy != IfBusy::fail) {
        return Claimed{.claim = std::nullopt, .is_busy = true};
    }
    ENVKEEP_CHECK(claim);
    return Claimed{.claim = std::move(*claim)};
}

void add(store::BackupReport more, store::BackupReport& all) {
    all.copied += more.copied;
    all.held_before += more.held_before;
    std::move(more.only_here.begin(), more.only_here.end(), std::back_inserter(all.only_here));
    std::move(more.problems.begin(), more.problems.end(), std::back_inserter(all.problems));
}

// What it moved aside, and had no time to back up.
store::BackupReport back_up_after_kill(const World& world,
                                       const Session& session,
                                       const store::RunRecord& run,
                                       const keep::Reach& reach,
                                       const ClaimOfARun& claim) {
    std::vector<store::Aside> missing = keep::asides_of(run, reach, world.files);
    std::erase_if(missing, [&](const store::Aside& aside) {
        return !session.store.is_read_only &&
               store::is_backed_up(session.store, run.run.id, aside.original, world.files)
                   .value_or(false);
    });
    return back_up_asides(world, session, run.run.id, missing, claim);
}

// What killed runs left is taken away only under the claim: else a run that lives may be at it.
Result<void> clean_up(const World& world,
                      const Session& session,
                      const CarryOutOptions& options,
                      Claimed& claimed,
                      CarriedOut& carried) {
    // One of this container is no older than it; a day for a run of another that is still at it,
    // and for clocks.
    ENVKEEP_TRY(const std::vector<store::RunRecord> runs,
                store::list_runs(journal_folders(session),
                                 world.machine,
                                 world.files,
                                 {.since = session.container_start - std::chrono::hours(24)}));
    const auto was_killed = [&](const store::RunRecord& run) {
        return !run.is_finished && run.is_of_this_container &&
               !world.machine.is_alive(run.run.process);
    };
    // Another process here may be killed yet: its mark in the session's state stays.
    carried.is_cleaned_up = std::ranges::none_of(runs, [&](const store::RunRecord& run) {
        return !run.is_finished && run.is_of_this_container &&
               run.run.process != world.machine.self() && world.machine.is_alive(run.run.process);
    });
    if (std::none_of(runs.begin(), runs.end(), was_killed)) {
        return {};
    }
    if (!session.store.is_read_only && !may_change_store(world, session, options, claimed)) {
        carried.is_cleaned_up = false;
        return {};
    }
    keep::Reach reach = journal_reach(world, session);
    for (const store::RunRecord& run : runs) {
        if (was_killed(run)) {
            add_manifests_before(world, session, run, reach);
        }
    }
    ENVKEEP_TRY(std::vector<model::Finding> found,
                keep::clean_up_after_kills(runs, reach, world.machine, world.files, *world.writer));
    std::move(found.begin(), found.end(), std::back_inserter(carried.findings));
    for (const store::RunRecord& run : runs) {
        if (was_killed(run)) {
            const auto holds = [&] { return holds_on(claimed); };
            add(back_up_after_kill(
                    world, session, run, reach, {.is_claimed = holds, .renew = holds}),
                carried.backups);
        }
    }
    carried.is_cleaned_up = carried.is_cleaned_up && carried.backups.only_here.empty();
    return {};
}

struct Applying {
    store::Journal& journal;
    Claimed& claimed;
};

keep::Applied apply_plan(const World& world,
                         const Session& session,
                         const model::Plan& plan,
                         const CarryOutOptions& options,
                         const Listener& listener,
                         Applying& applying) {
    return keep::apply(
        plan,
        {.journal = &applying.journal,
         .home = session.home,
         .store = session.store.root,
         .may_go_on =
             [&] {
                 return holds_on(applying.claimed) && (!options.may_go_on || options.may_go_on());
             },
         .begins = listener.begins ? listener.begins : [](const model::Step&) {},
         .ended =
             listener.ended ? listener.ended : [](const model::Step&, const model::StepOutcome&) {},
         .clock = [&] { return world.machine.steady_now(); },
         .may_change_store =
             [&] { return may_change_store(world, session, options, applying.claimed); },
         .renew = [&] { static_cast<void>(holds_on(applying.claimed)); }},
        world.files,
        *world.writer);
}

void say_pending(const std::vector<model::Step>& left, std::vector<model::Finding>& findings) {
    if (left.empty()) {
        return;
    }
    model::Finding finding{
        .id = "start-pending",
        .severity = model::Severity::warning,
        .subject = "start",
        .title = fmt::format("{} wait: another session changes the store just now",
                             counted(left.size(), "step")),
        .fix = {.commands = {"envkeep restore"}}};
    for (const model::Step& step : left) {
        finding.evidence.push_back(fmt::format("{}: {}", step.subject, step.why));
    }
    findings.push_back(std::move(finding));
}

model::Finding unfinished_journal(const Error& error) {
    return {.id = "journal-unfinished",
            .severity = model::Severity::warning,
            .subject = "journal",
            .title = "all was done that could be; that the run has ended could not be written",
            .evidence = {error.message},
            .fix = {.commands = {"envkeep restore"}, .text = error.hint}};
}

std::vector<model::Step> pending_steps(const model::Plan& plan, const model::Outcome& outcome) {
    std::vector<model::Step> pending;
    for (const model::StepOutcome& step : outcome.steps) {
        if (step.result == model::StepResult::pending) {
            pending.push_back(plan.steps.at(step.step));
        }
    }
    return pending;
}

}  // namespace

system::Place journal_folder(const Session& session) {
    if (session.store.is_read_only) {
        return system::Place{.root = session.home, .path = {}}
            .child(store::names::state)
            .child("journal");
    }
    return session.store.place(store::names::journal);
}

std::vector<system::Place> journal_folders(const Session& session) {
    return {session.store.place(store::names::journal),
            system::Place{.root = session.home, .path = {}}
                .child(store::names::state)
                .child("journal")};
}

Result<CarriedOut> carry_out(const World& world,
                             Session& session,
                             const model::Plan& plan,
                             const CarryOutOptions& options,
                             const Listener& listener) {
    CarriedOut carried;
    ENVKEEP_TRY(Claimed claimed, claim_changes(world, session, plan, options, listener));
    if (options.cleans_up) {
        ENVKEEP_CHECK(clean_up(world, session, options, claimed, carried));
    }
    carried.is_busy = claimed.is_busy && options.if_busy == IfBusy::do_nothing;
    if (carried.is_busy) {
        return carried;
    }
    model::Plan planned = plan;
    if (claimed.claim) {
        take_in_what_was_noted(world, session);
        if (options.plan_anew) {
            ENVKEEP_TRY(planned, options.plan_anew());
        }
    }
    std::vector<model::Step> left;
    model::Plan now =
        claimed.is_busy ? without_store_changes(planned, session, left) : std::move(planned);
    say_pending(left, carried.findings);

    store::Journal journal(journal_folder(session),
                           store::new_run(options.command, session.home_path, world.machine),
                           world.files,
                           *world.writer);
    if (options.before) {
        ENVKEEP_CHECK(options.before(journal));
    }
    Applying applying{.journal = journal, .claimed = claimed};
    keep::Applied applied = apply_plan(world, session, now, options, listener, applying);
    carried.outcome = std::move(applied.outcome);
    carried.outcome.run = journal.is_begun() ? journal.run().id : "";

    if (claimed.is_lost) {
        say_pending(pending_steps(now, carried.outcome), carried.findings);
    }
    add(back_up_asides(
            world,
            session,
            journal.run().id,
            applied.asides,
            {.is_claimed = [&] { return may_change_store(world, session, options, claimed); },
             .renew = [&] { holds_on(claimed); }}),
        carried.backups);
    say_only_here(session, carried.backups, carried.findings);
    remember_only_here(world, carried.backups, applied.asides, state_of(session));
    remember(std::move(applied.restored), state_of(session));
    if (const Result<void> finished = journal.finish(); !finished) {
        // What was done counts all the same. The next run looks after it as after a killed one.
        carried.is_cleaned_up = false;
        carried.findings.push_back(unfinished_journal(finished.error()));
    }
    carried.steps = std::move(now.steps);
    carried.claim = std::move(claimed.claim);
    return carried;
}

}  // namespace envkeep::engine

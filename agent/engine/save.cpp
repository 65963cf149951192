// SPDX-License-Identifier: MIT
#include "envkeep/keep/save.hpp"

#include "embedded/templates.hpp"
#include "engine/carry_out.hpp"
#include "engine/full_home.hpp"
#include "engine/ready_store.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/restore.hpp"
#include "envkeep/keep/merge.hpp"
#include "envkeep/python/interpreter.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace envkeep::engine {
namespace {

// Each may lose a race against another session's save, which then has got somewhere itself.
constexpr int most_rounds = 8;

// Those that may have sqlite3: of the notebook, and of the system.
std::vector<std::string> pythons_of(const World& world, const Session& session) {
    std::vector<std::string> pythons;
    if (const auto python = python::default_interpreter(
            world.machine,
            session.home_path,
            world.files.absolute(session.store.place(store::names::home)))) {
        pythons.push_back(python->path);
    }
    for (const char* const path : {"/usr/bin/python3", "/usr/local/bin/python3"}) {
        if (world.machine.exists(path)) {
            pythons.emplace_back(path);
        }
    }
    return pythons;
}

std::optional<keep::Merger> merger_of(const World& world, const Session& session) {
    const bool is_wanted = std::ranges::any_of(
        session.manifest.keeps, [](const auto& keep) { return keep.how == manifest::How::merge; });
    return is_wanted ? std::optional<keep::Merger>(
                           std::in_place,
                           keep::MergeTools{.home = session.home,
                                            .program = embedded::templates::merge_sqlite_py,
                                            .pythons = [&] { return pythons_of(world, session); }},
                           world.machine,
                           world.files,
                           *world.writer,
                           world.processes)
                     : std::nullopt;
}

Result<keep::SavePlan> plan_save(const World& world, Session& session, keep::Merger* merger) {
    ENVKEEP_TRY(const keep::Wanted wanted,
                keep::resolve(session.manifest,
                              {.home = session.home,
                               .store = session.store,
                               .python = python_of(world, session),
                               .modes_honoured = are_modes_honoured(world, session)},
                              world.files));
    const store::SessionState& state = state_of(session);
    return keep::plan_save(wanted,
                           {.state = state,
                            .session = state.session,
                            .container_start = session.image_until,
                            .merger = merger},
                           world.files);
}

// Each would fail by itself, once a minute.
void say_waiting(const World& world,
                 const Session& session,
                 const std::vector<model::Step>& steps,
                 SaveReport& report) {
    model::Finding finding{
        .id = "store-read-only",
        .severity = model::Severity::warning,
        .subject = "store",
        .title = "the store can only be read: " + counted(steps.size(), "change") +
                 " could not be written back",
        .fix = {.commands = {"envkeep save"}, .text = "make the store writable, then save again"}};
    if (!session.store.refusal.empty()) {
        finding.evidence.push_back(session.store.path + ": " + session.store.refusal);
    }
    for (const model::Step& step : steps) {
        finding.evidence.push_back(step.subject + ": " + step.why);
    }
    say_if_full(world, session.store, finding);
    for (const model::Step& step : steps) {
        report.unsaved.push_back({.subject = step.subject,
                                  .reason = session.store.refusal.empty()
                                                ? "the store can only be read"
                                                : finding.evidence.front(),
                                  .cure = finding.fix.text});
    }
    report.findings.push_back(std::move(finding));
}

void add_not_done(SaveReport& report) {
    for (const model::StepOutcome& step : report.outcome.steps) {
        if (step.result == model::StepResult::done) {
            continue;
        }
        // Of what changed meanwhile the error only says where to look.
        const bool has_cure = step.error && step.error->kind != ErrorKind::conflict;
        report.unsaved.push_back({.subject = report.plan.steps.at(step.step).subject,
                                  .reason = step.error ? step.error->message : "it has to wait",
                                  .cure = has_cure ? step.error->hint : std::string()});
    }
}

// Tells the merger what is in the store. True if another session was there first with one.
bool settle(const keep::SavePlan& saving, const model::Outcome& outcome, keep::Merger& merger) {
    bool has_lost_race = false;
    for (const model::StepOutcome& step : outcome.steps) {
        const auto* const copy = std::get_if<model::CopyBack>(&saving.steps.at(step.step).action);
        if (copy == nullptr || !saving.after[step.step]) {
            continue;
        }
        if (step.result == model::StepResult::done) {
            merger.settle(copy->from);
        } else if (step.error && step.error->kind == ErrorKind::conflict) {
            has_lost_race = true;
        }
    }
    return has_lost_race;
}

// What an earlier round did stands before what this one did.
void add_done(const SaveReport& earlier, SaveReport& report) {
    for (const model::StepOutcome& step : earlier.outcome.steps) {
        if (step.result == model::StepResult::done) {
            report.outcome.steps.push_back(step);
            report.outcome.steps.back().step = report.plan.steps.size();
            report.plan.steps.push_back(earlier.plan.steps.at(step.step));
        }
    }
}

// In a full home nothing can be noted, but the store may have room. If this run is killed the next
// one that has anything to save reads the journal, which is in the store.
Result<void> note_changing_if_there_is_room(const World& world, Session& session) {
    Result<void> noted = note_changing(world, session);
    return noted || noted.error().kind != ErrorKind::no_space ? noted : Result<void>{};
}

// What was saved is in the store, whatever becomes of this.
Result<void> remember_save(const World& world, Session& session, SaveReport& report) {
    Result<void> committed = commit_state(world, session);
    if (committed || committed.error().kind != ErrorKind::no_space) {
        return committed;
    }
    report.findings.push_back(not_remembered(session, committed.error()));
    report.ending = std::max(report.ending, Ending::partly);
    return {};
}

struct Round {
    SaveReport report;
    bool has_lost_race = false;
};

Result<Round> save_round(const World& world, Session& session, const Listener& listener) {
    Round round;
    SaveReport& report = round.report;
    std::optional<keep::Merger> merger = merger_of(world, session);
    keep::Merger* const merging = merger ? &*merger : nullptr;
    ENVKEEP_TRY(keep::SavePlan saving, plan_save(world, session, merging));
    std::optional<CarriedOut> carried;
    report.findings = saving.findings;
    const bool has_to_wait = session.store.is_read_only && !saving.steps.empty();
    if (has_to_wait) {
        say_waiting(world, session, saving.steps, report);
    } else if (!saving.steps.empty() || state_of(session).is_changing) {
        report.plan.steps = saving.steps;
        // Another process of this session may have saved since this one began to look.
        const auto plan_anew = [&,
                                compared_with = state_of(session).files]() -> Result<model::Plan> {
            if (state_of(session).files != compared_with) {
                ENVKEEP_TRY(saving, plan_save(world, session, merging));
                report.findings = saving.findings;
                report.plan.steps = saving.steps;
            }
            return report.plan;
        };
        ENVKEEP_CHECK(note_changing_if_there_is_room(world, session));
        ENVKEEP_TRY(carried,
                    carry_out(world,
                              session,
                              report.plan,
                              {.command = "save", .cleans_up = true, .plan_anew = plan_anew},
                              listener));
        state_of(session).is_changing = !carried->is_cleaned_up;
        report.outcome = std::move(carried->outcome);
        std::ranges::move(carried->findings, std::back_inserter(report.findings));
    }
    std::ranges::copy(saving.unsaved, std::back_inserter(report.unsaved));
    add_not_done(report);
    if (!session.problems.empty()) {
        report.ending = Ending::usage;
    } else if (!report.unsaved.empty()) {
        report.ending = Ending::partly;
    } else if (!saving.findings.empty()) {
        report.ending = Ending::findings;
    }
    if (merger) {
        round.has_lost_race = settle(saving, report.outcome, *merger);
    }
    store::SessionState& state = state_of(session);
    state.files = keep::records_after(saving, report.outcome, world.files);
    state.last_save_at = utc_text(world.machine.now());
    state.last_save_problem.clear();
    if (has_to_wait) {
        state.last_save_problem = report.findings.back().title;
    } else if (!report.unsaved.empty()) {
        const keep::Unsaved& last = report.unsaved.back();
        state.last_save_problem = last.subject + ": " + last.reason;
    }
    ENVKEEP_CHECK(remember_save(world, session, report));
    return round;
}

}  // namespace

Result<SaveReport> save(const World& world, Session& session, const Listener& listener) {
    ENVKEEP_CHECK(check_is_same_store(session));
    measure_store(world, session);
    ENVKEEP_TRY(Round round, save_round(world, session, listener));
    for (int rounds = 1; round.has_lost_race && rounds < most_rounds; ++rounds) {
        ENVKEEP_TRY(Round next, save_round(world, session, listener));
        add_done(round.report, next.report);
        round = std::move(next);
    }
    return std::move(round.report);
}

}  // namespace envkeep::engine

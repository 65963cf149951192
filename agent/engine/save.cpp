// SPDX-License-Identifier: MIT
#include "envkeep/keep/save.hpp"

#include "engine/carry_out.hpp"
#include "engine/ready_store.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/engine/restore.hpp"

namespace envkeep::engine {
namespace {

Result<keep::SavePlan> plan_save(const World& world, Session& session) {
    ENVKEEP_TRY(const keep::Wanted wanted,
                keep::resolve(session.manifest,
                              {.home = session.home,
                               .store = session.store,
                               .python = python_of(world, session),
                               .modes_honoured = are_modes_honoured(world, session)},
                              world.files));
    store::SessionState& state = state_of(session);
    return keep::plan_save(wanted, state, state.session, world.files);
}

}  // namespace

Result<SaveReport> save(const World& world, Session& session, const Listener& listener) {
    ENVKEEP_CHECK(check_is_same_store(session));
    SaveReport report;
    ENVKEEP_TRY(const keep::SavePlan saving, plan_save(world, session));
    report.plan.steps = saving.steps;
    report.findings = saving.findings;
    if (!report.plan.steps.empty()) {
        ENVKEEP_TRY(CarriedOut carried,
                    carry_out(world, session, report.plan, {.command = "save"}, listener));
        report.outcome = std::move(carried.outcome);
        std::move(
            carried.findings.begin(), carried.findings.end(), std::back_inserter(report.findings));
    }
    if (report.outcome.count(model::StepResult::failed) > 0) {
        report.ending = Ending::partly;
    } else if (!saving.findings.empty()) {
        report.ending = Ending::findings;
    }
    store::SessionState& state = state_of(session);
    state.files = keep::records_after(saving, report.outcome, world.files);
    state.last_save_at = utc_text(world.machine.now());
    state.last_save_problem.clear();
    for (const model::StepOutcome& step : report.outcome.steps) {
        if (step.error) {
            state.last_save_problem = step.error->message;
        }
    }
    ENVKEEP_CHECK(commit_state(world, session));
    return report;
}

}  // namespace envkeep::engine

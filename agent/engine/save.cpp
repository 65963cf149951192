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
    const store::SessionState& state = state_of(session);
    return keep::plan_save(
        wanted,
        {.state = state, .session = state.session, .container_start = session.container_start},
        world.files);
}

// Each would fail by itself, once a minute.
void say_waiting(const std::vector<model::Step>& steps, SaveReport& report) {
    model::Finding finding{
        .id = "store-read-only",
        .severity = model::Severity::warning,
        .subject = "store",
        .title = "the store can only be read: " + counted(steps.size(), "change") +
                 " could not be written back",
        .fix = {.commands = {"envkeep save"}, .text = "make the store writable, then save again"}};
    for (const model::Step& step : steps) {
        finding.evidence.push_back(step.subject + ": " + step.why);
    }
    report.findings.push_back(std::move(finding));
}

}  // namespace

Result<SaveReport> save(const World& world, Session& session, const Listener& listener) {
    ENVKEEP_CHECK(check_is_same_store(session));
    SaveReport report;
    ENVKEEP_TRY(const keep::SavePlan saving, plan_save(world, session));
    report.findings = saving.findings;
    const bool has_to_wait = session.store.is_read_only && !saving.steps.empty();
    if (has_to_wait) {
        say_waiting(saving.steps, report);
    } else if (!saving.steps.empty()) {
        report.plan.steps = saving.steps;
        ENVKEEP_TRY(CarriedOut carried,
                    carry_out(world, session, report.plan, {.command = "save"}, listener));
        report.outcome = std::move(carried.outcome);
        std::move(
            carried.findings.begin(), carried.findings.end(), std::back_inserter(report.findings));
    }
    if (has_to_wait || report.outcome.count(model::StepResult::failed) > 0) {
        report.ending = Ending::partly;
    } else if (!saving.findings.empty()) {
        report.ending = Ending::findings;
    }
    store::SessionState& state = state_of(session);
    state.files = keep::records_after(saving, report.outcome, world.files);
    state.last_save_at = utc_text(world.machine.now());
    state.last_save_problem = has_to_wait ? report.findings.back().title : std::string();
    for (const model::StepOutcome& step : report.outcome.steps) {
        if (step.error) {
            state.last_save_problem = step.error->message;
        }
    }
    ENVKEEP_CHECK(commit_state(world, session));
    return report;
}

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#include "envkeep/engine/restore.hpp"

#include "engine/carry_out.hpp"
#include "engine/ready_store.hpp"
#include "engine/stopwatch.hpp"

#include <algorithm>
#include <set>

namespace envkeep::engine {
namespace {

Ending ending_of(const RestoreReport& report) {
    if (!report.problems.empty()) {
        return Ending::usage;
    }
    if (report.outcome.count(model::StepResult::pending) > 0) {
        return Ending::time_limit;
    }
    if (report.plan.is_partly() || report.outcome.count(model::StepResult::failed) > 0) {
        return Ending::partly;
    }
    return Ending::well;
}

void remember_probe(const World& world, Session& session) {
    if (session.state && session.state->probe) {
        return;
    }
    if (std::optional<store::Probe> probe = measured(world, session)) {
        state_of(session).probe = std::move(probe);
    }
}

void append(std::vector<model::Finding> from, std::vector<model::Finding>& to) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
}

// With all that depends on it.
void leave_out(const std::function<bool(const model::Step&)>& is_left_out, model::Plan& plan) {
    std::set<std::size_t> groups;
    for (const model::Step& step : plan.steps) {
        if (is_left_out(step)) {
            groups.insert(step.group);
        }
    }
    std::erase_if(plan.steps, [&](const model::Step& step) { return groups.contains(step.group); });
}

}  // namespace

Result<RestoreReport> restore(const World& world,
                              Session& session,
                              const RestoreOptions& options,
                              const Listener& listener) {
    RestoreReport report;
    report.problems = session.problems;
    report.findings = session.findings;
    if (!report.problems.empty() && !options.look.is_start) {
        report.ending = Ending::usage;
        return report;
    }
    const bool is_first = !session.state;
    std::optional<store::SessionState> before = session.state;
    remember_probe(world, session);

    ENVKEEP_TRY(Picture picture, look(world, session, options.look, listener));
    report.timings = std::move(picture.timings);
    report.plan = std::move(picture.plan);
    if (options.is_left_out) {
        leave_out(options.is_left_out, report.plan);
    }
    append(report.plan.findings, report.findings);

    Stopwatch watch(world.machine);
    if (!report.plan.steps.empty() || is_first || session.state->is_changing) {
        if (!is_first && !session.state->is_changing) {
            // A first start leaves no state if it is killed, which says as much.
            session.state->is_changing = true;
            ENVKEEP_CHECK(commit_state(world, session));
            before = session.state;
        }
        ENVKEEP_TRY(CarriedOut carried,
                    carry_out(world,
                              session,
                              report.plan,
                              {.command = options.look.is_start ? "restore --start" : "restore",
                               .may_wait_for_others = !options.look.is_start,
                               .cleans_up = true,
                               .may_go_on = options.may_go_on},
                              listener));
        report.plan.steps = std::move(carried.steps);
        report.outcome = std::move(carried.outcome);
        report.backups = std::move(carried.backups);
        append(std::move(carried.findings), report.findings);
        state_of(session).is_changing = !carried.is_cleaned_up;
        watch.lap("apply");
    }
    store::SessionState& state = state_of(session);
    for (auto& [path, sniffed] : picture.sniffed) {
        state.sniffed.insert_or_assign(path, sniffed);
    }
    if (picture.secret_names) {
        state.secret_names = std::move(picture.secret_names);
    }
    if (session.state != before) {
        ENVKEEP_CHECK(commit_state(world, session));
        watch.lap("state");
    }
    for (Timing& timing : watch.take()) {
        report.timings.push_back(std::move(timing));
    }
    report.ending = ending_of(report);
    return report;
}

}  // namespace envkeep::engine

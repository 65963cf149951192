// SPDX-License-Identifier: MIT
#include "envkeep/engine/restore.hpp"

#include "engine/background_save.hpp"
#include "engine/carry_out.hpp"
#include "engine/ready_store.hpp"
#include "engine/stopwatch.hpp"
#include "engine/store_claim.hpp"
#include "envkeep/keep/apply.hpp"
#include "envkeep/store/lease.hpp"

#include <algorithm>
#include <set>
#include <thread>

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

// Looks, carries out, and looks again where that turns out to have been too early.
class Restoring {
  public:
    Restoring(const World& world,
              Session& session,
              const RestoreOptions& options,
              const Listener& listener)
        : world_(world), session_(session), options_(options), listener_(listener) {}

    Result<Picture> look_now() {
        ENVKEEP_TRY(Picture picture, look(world_, session_, options_.look, listener_));
        if (options_.is_left_out) {
            leave_out(options_.is_left_out, picture.plan);
        }
        return picture;
    }

    // `picture` is what was seen last.
    Result<CarriedOut> carry_out_all(Picture& picture) {
        const SteadyTime until = world_.machine.steady_now() + patience();
        while (true) {
            const bool is_last = !may_wait() || world_.machine.steady_now() >= until;
            Result<CarriedOut> carried = carry_out_once(picture, is_last);
            if (carried ? !carried->is_busy : !turns_out_unwritable(carried.error())) {
                return carried;
            }
            if (carried) {
                wait_for_others(until);
            }
            ENVKEEP_TRY(picture, look_now());
        }
    }

  private:
    [[nodiscard]] bool may_wait() const { return !options_.may_go_on || options_.may_go_on(); }

    [[nodiscard]] std::chrono::milliseconds patience() const {
        return options_.look.is_start ? options_.patience : world_.claim_patience;
    }

    Result<CarriedOut> carry_out_once(Picture& picture, bool is_last) {
        const bool is_start = options_.look.is_start;
        const IfBusy at_last = is_start ? IfBusy::do_the_rest : IfBusy::fail;
        return carry_out(is_last ? without_patience(world_) : world_,
                         session_,
                         picture.plan,
                         {.command = is_start ? "restore --start" : "restore",
                          .if_busy = is_last ? at_last : IfBusy::do_nothing,
                          .cleans_up = true,
                          .plan_anew = [&]() -> Result<model::Plan> {
                              ENVKEEP_TRY(picture, look_now());
                              return picture.plan;
                          },
                          .may_go_on = options_.may_go_on},
                         listener_);
    }

    // The disk is full by now, or its server lets nobody write: it is left alone then.
    bool turns_out_unwritable(const Error& error) {
        const bool is_refusal = error.kind == ErrorKind::no_space ||
                                error.kind == ErrorKind::read_only ||
                                error.kind == ErrorKind::permission_denied;
        if (!is_refusal || session_.store.is_read_only) {
            return false;
        }
        state_of(session_).probe.reset();
        return measure_store(world_, session_) && session_.store.is_read_only;
    }

    void wait_for_others(SteadyTime until) const {
        constexpr std::chrono::milliseconds nap{20};
        if (listener_.phase) {
            listener_.phase(waiting_for_claim);
        }
        while (may_wait() && world_.machine.steady_now() < until &&
               store::is_changing(session_.store, world_.machine, world_.files)) {
            std::this_thread::sleep_for(nap);
        }
    }

    const World& world_;
    Session& session_;
    const RestoreOptions& options_;
    const Listener& listener_;
};

void remember_looks(const Picture& picture, store::SessionState& state) {
    for (const auto& [path, sniffed] : picture.sniffed) {
        state.sniffed.insert_or_assign(path, sniffed);
    }
    if (picture.secret_names) {
        state.secret_names = picture.secret_names;
    }
}

// At the limit it is left to the next run: it reads as much as if all had been put there.
void remember_what_stands(const World& world,
                          const Picture& picture,
                          const RestoreOptions& options,
                          store::SessionState& state) {
    if (options.may_go_on && !options.may_go_on()) {
        return;
    }
    std::vector<store::RestoredFile> found =
        keep::records_in_order(picture.wanted, picture.observation, state.files, world.files);
    std::move(found.begin(), found.end(), std::back_inserter(state.files));
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
    measure_store(world, session);

    Restoring restoring(world, session, options, listener);
    ENVKEEP_TRY(Picture picture, restoring.look_now());
    CarriedOut carried;
    Stopwatch watch(world.machine);
    if (!picture.plan.steps.empty() || is_first || session.state->is_changing) {
        if (!is_first && !session.state->is_changing) {
            ENVKEEP_CHECK(note_changing(world, session));
            before = session.state;
        }
        ENVKEEP_TRY(carried, restoring.carry_out_all(picture));
        // What it brought is the same on both sides: nobody takes it for a change meanwhile.
        carried.claim.reset();
        picture.plan.steps = std::move(carried.steps);
        state_of(session).is_changing = !carried.is_cleaned_up;
        watch.lap("apply");
    }
    report.timings = std::move(picture.timings);
    report.plan = std::move(picture.plan);
    report.outcome = std::move(carried.outcome);
    report.backups = std::move(carried.backups);
    append(report.plan.findings, report.findings);
    append(std::move(carried.findings), report.findings);
    remember_looks(picture, state_of(session));
    remember_what_stands(world, picture, options, state_of(session));
    if (session.state != before) {
        ENVKEEP_CHECK(commit_state(world, session));
        watch.lap("state");
    }
    session.other_store.clear();  // from here on the home is in order from this one
    for (Timing& timing : watch.take()) {
        report.timings.push_back(std::move(timing));
    }
    // A start is followed by what saves.
    if (std::optional<model::Finding> unsaved =
            options.look.is_start ? std::nullopt : nobody_saves(world, session)) {
        report.findings.push_back(*std::move(unsaved));
    }
    report.ending = ending_of(report);
    return report;
}

}  // namespace envkeep::engine

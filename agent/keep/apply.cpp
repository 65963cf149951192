// SPDX-License-Identifier: MIT
#include "envkeep/keep/apply.hpp"

#include "envkeep/core/text.hpp"
#include "keep/apply_actions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace envkeep::keep {
namespace {

using model::StepOutcome;
using model::StepResult;

// Journal lines of so many light steps are written at once. A kill within leaves them open, and
// each is then looked at before it is believed.
constexpr std::size_t most_at_once = 256;

class Application {
  public:
    Application(const model::Plan& plan,
                const ApplyContext& context,
                system::FileReader& files,
                system::FileWriter& writer)
        : plan_(plan), context_(context), actions_(plan, context, files, writer) {}

    [[nodiscard]] Applied carry_out() {
        for (std::size_t at = 0; at < plan_.steps.size();) {
            const std::size_t light = count_light(at);
            if (light > 1 && !is_over()) {
                carry_out_light(at, light);
                at += light;
            } else {
                carry_out_one(at, [&] { return actions_.carry_out(plan_.steps[at].action); });
                ++at;
            }
        }
        applied_.outcome.run =
            context_.journal->is_begun() ? context_.journal->run().id : std::string{};
        applied_.outcome.findings = std::move(actions_.findings());
        applied_.asides = std::move(actions_.asides());
        applied_.restored = std::move(actions_.records()).take();
        return std::move(applied_);
    }

  private:
    [[nodiscard]] std::size_t count_light(std::size_t at) {
        std::size_t count = 0;
        while (count < most_at_once && at + count < plan_.steps.size() &&
               actions_.is_light(plan_.steps[at + count].action)) {
            ++count;
        }
        return count;
    }

    void carry_out_light(std::size_t at, std::size_t count) {
        std::vector<store::Change> changes;
        changes.reserve(count);
        for (std::size_t i = at; i < at + count; ++i) {
            changes.push_back(actions_.change_of(plan_.steps[i].action));
        }
        const Result<std::size_t> first = context_.journal->intend_all(changes);
        for (std::size_t i = 0; i < count; ++i) {
            const StepResult result = carry_out_one(at + i, [&]() -> Result<void> {
                ENVKEEP_CHECK(first);
                return actions_.carry_out_light(plan_.steps[at + i].action);
            });
            if (first && result != StepResult::done) {
                static_cast<void>(context_.journal->gave_up(*first + i));
            }
        }
        if (first) {
            tell_done(actions_.work(), *first, count);
        }
    }

    template <typename Do>
    StepResult carry_out_one(std::size_t index, const Do& change) {
        const model::Step& step = plan_.steps[index];
        StepOutcome outcome{.step = index};
        if (!may_begin(step)) {
            outcome.result = StepResult::pending;
        } else if (failed_groups_.contains(step.group)) {
            outcome.result = StepResult::skipped;
        } else {
            if (context_.begins) {
                context_.begins(step);
            }
            const SteadyTime began = now();
            take_up(change(), step, outcome);
            outcome.took = now() - began;
        }
        if (context_.ended) {
            context_.ended(step, outcome);
        }
        applied_.outcome.steps.push_back(outcome);
        return outcome.result;
    }

    void take_up(Result<void> result, const model::Step& step, StepOutcome& outcome) {
        outcome.note = std::exchange(actions_.work().note, {});
        if (result) {
            if (leaves_a_gap(step.action)) {
                begun_groups_.insert(step.group);
            }
            return;
        }
        outcome.result = StepResult::failed;
        outcome.error = std::move(result).error();
        failed_groups_.insert(step.group);
        if (std::holds_alternative<model::SetMode>(step.action)) {
            say_mode_failed(step, *outcome.error);
        }
    }

    // After these steps a place lacks what it had until the rest of the group is done.
    static bool leaves_a_gap(const model::Action& action) {
        return std::holds_alternative<model::MoveAside>(action) ||
               std::holds_alternative<model::ReplaceLinkByFolder>(action);
    }

    [[nodiscard]] bool is_over() {
        is_over_ = is_over_ || (context_.may_go_on && !context_.may_go_on());
        return is_over_;
    }

    // Once the limit is reached nothing begins any more; what left a gap goes on to its end.
    [[nodiscard]] bool may_begin(const model::Step& step) {
        return !is_over() || begun_groups_.contains(step.group);
    }

    void say_mode_failed(const model::Step& step, const Error& error) {
        actions_.findings().push_back({.id = "mode-failed",
                                       .severity = model::Severity::error,
                                       .subject = step.subject,
                                       .title = "its mode could not be set",
                                       .evidence = {error.message},
                                       .fix = {.text = error.hint}});
    }

    [[nodiscard]] SteadyTime now() const {
        return context_.clock ? context_.clock() : SteadyTime{};
    }

    const model::Plan& plan_;
    const ApplyContext& context_;
    Actions actions_;
    Applied applied_;
    std::set<std::size_t> failed_groups_;
    std::set<std::size_t> begun_groups_;
    bool is_over_ = false;
};

}  // namespace

Applied apply(const model::Plan& plan,
              const ApplyContext& context,
              system::FileReader& files,
              system::FileWriter& writer) {
    return Application(plan, context, files, writer).carry_out();
}

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/model/action.hpp"
#include "envkeep/model/finding.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::model {

// One action and why. Steps of one group depend on each other in their order: where one fails, the
// rest of its group is skipped and other groups go on.
struct Step {
    std::size_t group = 0;
    Action action;
    std::string subject;  // as the user knows it: "~/.ssh"
    std::string why;      // "not there yet", "points to an older store"

    friend bool operator==(const Step&, const Step&) = default;
};

// What only the user can decide. Nothing is touched there; the rest of the plan goes on.
struct Conflict {
    std::string subject;
    std::string place;   // absolute
    std::string source;  // absolute; may be empty
    std::string reason;
    std::vector<std::string> commands;  // the ways out

    friend bool operator==(const Conflict&, const Conflict&) = default;
};

enum class KeepState {
    in_order,
    to_do,
    conflict,
    waits_for_store,  // which can only be read
};

// One line of `status`: a keep and how it stands.
struct KeepRow {
    std::string subject;
    std::string place;   // absolute
    std::string source;  // absolute
    std::string how;     // "link", "copy", "packed", "folder"
    KeepState state = KeepState::in_order;
    std::string note;  // what else there is to know: "not captured yet: 'envkeep snapshot'"

    friend bool operator==(const KeepRow&, const KeepRow&) = default;
};

// All that a restore would do, in order. Plain data: it can be printed, compared and applied.
struct Plan {
    std::vector<Step> steps;
    std::vector<Conflict> conflicts;
    std::vector<Finding> findings;
    std::vector<KeepRow> keeps;

    // Nothing is to be done, to be decided or waiting.
    [[nodiscard]] bool is_empty() const {
        return steps.empty() && conflicts.empty() && waiting() == 0;
    }

    // How many keeps wait for a store that can be written.
    [[nodiscard]] std::size_t waiting() const;

    // Something that the manifest wants is not done: a conflict, a keep that waits, or a finding
    // that is an error.
    [[nodiscard]] bool is_partly() const;
};

enum class StepResult { done, failed, skipped, pending };

// What became of one step of a plan.
struct StepOutcome {
    std::size_t step = 0;  // index into Plan::steps
    StepResult result = StepResult::done;
    std::optional<Error> error;  // of a failed one
    std::chrono::nanoseconds took{};
    std::string note;  // where what was in the way went; may be empty
};

struct Outcome {
    std::string run;  // id of the journal; empty if nothing was changed
    std::vector<StepOutcome> steps;
    std::vector<Finding> findings;

    [[nodiscard]] std::size_t count(StepResult result) const;
};

}  // namespace envkeep::model

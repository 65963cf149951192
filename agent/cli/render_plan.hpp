// SPDX-License-Identifier: MIT
#pragma once

#include "cli/view.hpp"
#include "envkeep/engine/world.hpp"
#include "envkeep/model/plan.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::cli {

// How an action is called before, while and after it is done, and when many are counted, with a
// star where more than one have an s: "mode* to set".
struct ActionWords {
    std::string_view next;
    std::string_view now;
    std::string_view done;
    std::string_view planned_count;
    std::string_view done_count;
};

[[nodiscard]] ActionWords words_for(const model::Action& action);

// The absolute path of a place.
using AbsoluteOf = std::function<std::string(const system::Place&)>;

// A line for each step that would be done.
[[nodiscard]] std::string plan_text(const model::Plan& plan,
                                    const AbsoluteOf& absolute,
                                    const View& view);

// A line for each step that was done, failed, or was left for later.
[[nodiscard]] std::string outcome_text(const model::Plan& plan,
                                       const model::Outcome& outcome,
                                       const AbsoluteOf& absolute,
                                       const View& view);

// "6 to link, 2 modes to set"; with an outcome "6 linked, 2 modes set, 1 failed".
[[nodiscard]] std::string counts_text(const model::Plan& plan);
[[nodiscard]] std::string counts_text(const model::Plan& plan, const model::Outcome& outcome);

// "12 ms (open 1.1, observe 3, apply 7.9)".
[[nodiscard]] std::string timings_text(const std::vector<engine::Timing>& timings);
[[nodiscard]] std::string time_text(std::chrono::nanoseconds took);

}  // namespace envkeep::cli

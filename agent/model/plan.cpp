// SPDX-License-Identifier: MIT
#include "envkeep/model/plan.hpp"

#include "envkeep/core/match.hpp"

#include <algorithm>

namespace envkeep::model {

const Place& place_of(const Action& action) {
    return match(
        action,
        [](const Seed& seed) -> const Place& { return seed.to; },
        [](const CopyIn& copy) -> const Place& { return copy.to; },
        [](const CopyBack& copy) -> const Place& { return copy.to; },
        [](const auto& other) -> const Place& { return other.place; });
}

std::string_view name_of(const Action& action) {
    return match(
        action,
        [](const MakeFolder&) -> std::string_view { return "make_folder"; },
        [](const MakeFile&) -> std::string_view { return "make_file"; },
        [](const MakeLink&) -> std::string_view { return "make_link"; },
        [](const ReplaceLink&) -> std::string_view { return "replace_link"; },
        [](const ReplaceLinkByFolder&) -> std::string_view { return "replace_link_by_folder"; },
        [](const Seed&) -> std::string_view { return "seed"; },
        [](const ReplaceByLink&) -> std::string_view { return "replace_by_link"; },
        [](const MoveAside&) -> std::string_view { return "move_aside"; },
        [](const CopyIn&) -> std::string_view { return "copy_in"; },
        [](const CopyBack&) -> std::string_view { return "copy_back"; },
        [](const SetMode&) -> std::string_view { return "set_mode"; });
}

bool Plan::is_partly() const {
    return !conflicts.empty() || waiting() > 0 ||
           std::any_of(findings.begin(), findings.end(), [](const auto& one) {
               return one.severity == Severity::error;
           });
}

std::size_t Plan::waiting() const {
    return static_cast<std::size_t>(
        std::count_if(keeps.begin(), keeps.end(), [](const KeepRow& keep) {
            return keep.state == KeepState::waits_for_store;
        }));
}

std::size_t Outcome::count(StepResult result) const {
    return static_cast<std::size_t>(
        std::count_if(steps.begin(), steps.end(), [&](const StepOutcome& outcome) {
            return outcome.result == result;
        }));
}

}  // namespace envkeep::model

// SPDX-License-Identifier: MIT
#include "engine/unsaved.hpp"

#include <fmt/format.h>

namespace envkeep::engine {

std::vector<Unsaved> unsaved_after(const SaveReport& save) {
    std::vector<Unsaved> unsaved;
    for (const model::StepOutcome& step : save.outcome.steps) {
        const bool is_done = step.result == model::StepResult::done;
        if (!is_done) {
            unsaved.push_back({.subject = save.plan.steps.at(step.step).subject,
                               .reason = step.error ? step.error->message : "it has to wait"});
        }
    }
    for (const model::Finding& finding : save.findings) {
        if (finding.id == "save-failed") {
            unsaved.push_back(
                {.subject = finding.subject,
                 .reason = finding.evidence.empty() ? finding.title : finding.evidence.front()});
        }
    }
    return unsaved;
}

tl::unexpected<Error> not_saved(const Unsaved& what, const std::string& undone) {
    return failure(
        ErrorKind::conflict,
        fmt::format(
            "what changed in {} could not be saved: {}; {}", what.subject, what.reason, undone),
        "end what writes there or has it open, see that 'envkeep save' ends well, then "
        "run the same command again");
}

}  // namespace envkeep::engine

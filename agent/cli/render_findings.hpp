// SPDX-License-Identifier: MIT
#pragma once

#include "cli/view.hpp"
#include "envkeep/core/result.hpp"
#include "envkeep/manifest/read.hpp"
#include "envkeep/model/plan.hpp"

#include <initializer_list>
#include <string>
#include <vector>

namespace envkeep::cli {

// Severity, title, evidence, cure. Quiet: no information.
[[nodiscard]] std::string findings_text(const std::vector<model::Finding>& findings,
                                        const View& view);

// Each with both paths, the reason and the ways out.
[[nodiscard]] std::string conflicts_text(const std::vector<model::Conflict>& conflicts,
                                         const View& view);

// As the manifest room words them; quiet or not.
[[nodiscard]] std::string problems_text(const std::vector<manifest::Problem>& problems);

// The same, and that nothing was done for them.
[[nodiscard]] std::string refusal_text(const std::vector<manifest::Problem>& problems);

// "error: cannot open '/x': permission denied" and its hint.
[[nodiscard]] std::string error_text(const Error& error, const View& view);

// All of them in the order given, equal ones once.
[[nodiscard]] std::vector<model::Finding> merged(
    std::initializer_list<std::vector<model::Finding>> lists);

}  // namespace envkeep::cli

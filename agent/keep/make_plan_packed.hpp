// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/model/finding.hpp"
#include "keep/make_plan_rules.hpp"

#include <string>

// What is told of packed keeps.
namespace envkeep::keep {

// Whether the place gets what the store holds.
[[nodiscard]] bool brings_it(const Decision& decision);

[[nodiscard]] model::Finding packed_finding(const Case& one);

// What is still to be done by the user; empty if nothing, or if it is not known.
[[nodiscard]] std::string packed_note(const Case& one);

}  // namespace envkeep::keep

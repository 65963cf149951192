// SPDX-License-Identifier: MIT
#pragma once

#include "cli/view.hpp"
#include "envkeep/core/json.hpp"
#include "envkeep/packages/compare.hpp"

#include <string>

namespace envkeep::cli {

// "+ einops 0.8.0  pip, asked for  /usr/local/lib/python3.11/dist-packages", a line a change.
[[nodiscard]] std::string changes_text(const packages::Comparison& comparison, const View& view);

// "3 packages added, 1 changed"; empty if there is none.
[[nodiscard]] std::string changes_summary(const packages::Comparison& comparison);

[[nodiscard]] Json json_of(const packages::Comparison& comparison);

}  // namespace envkeep::cli

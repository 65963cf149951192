// SPDX-License-Identifier: MIT
#pragma once

#include "cli/view.hpp"
#include "envkeep/core/json.hpp"
#include "envkeep/engine/cure.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace envkeep::cli {

// What was repaired, what was left and why, and how it is taken back. `findings` are those after
// it.
[[nodiscard]] std::string cures_text(const engine::CureReport& report,
                                     const std::vector<model::Finding>& findings,
                                     const View& view);

// What `doctor --fix` would do; empty if that is nothing.
[[nodiscard]] std::string offered_cures_text(const std::vector<engine::Cure>& cures,
                                             const View& view);

// What it does next, to be shown before it is done; empty if that is nothing.
[[nodiscard]] std::string coming_cures_text(const std::vector<engine::Cure>& cures,
                                            const View& view);

[[nodiscard]] Json cures_json(const std::vector<engine::Cure>& cures, std::string_view home);

}  // namespace envkeep::cli

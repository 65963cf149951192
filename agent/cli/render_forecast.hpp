// SPDX-License-Identifier: MIT
#pragma once

#include "cli/view.hpp"
#include "envkeep/core/json.hpp"
#include "envkeep/engine/layer_forecast.hpp"

#include <string>

namespace envkeep::cli {

// What a restore would bring back from a snapshot; empty if none is due.
[[nodiscard]] std::string forecast_text(const engine::LayerForecast& forecast, const View& view);
[[nodiscard]] Json json_of(const engine::LayerForecast& forecast);

}  // namespace envkeep::cli

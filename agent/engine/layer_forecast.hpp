// SPDX-License-Identifier: MIT
#pragma once

#include "engine/other_image.hpp"
#include "envkeep/engine/layer_forecast.hpp"
#include "envkeep/snapshot/plan_layer.hpp"
#include "envkeep/snapshot/roots.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

// What a plan comes to, as people count it. `part` is empty on the same image, `superseded` as the
// function of that name has it.
[[nodiscard]] LayerForecast forecast_of(const snapshot::Layer& layer,
                                        const snapshot::LayerPlan& plan,
                                        const FittingPart& part,
                                        const std::vector<std::string>& superseded,
                                        const snapshot::Roots& roots,
                                        system::FileReader& files);

}  // namespace envkeep::engine

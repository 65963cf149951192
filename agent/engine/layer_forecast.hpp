// SPDX-License-Identifier: MIT
#pragma once

#include "engine/other_image.hpp"
#include "envkeep/engine/layer_forecast.hpp"
#include "envkeep/snapshot/plan_layer.hpp"
#include "envkeep/snapshot/roots.hpp"

namespace envkeep::engine {

// What a plan comes to, as people count it. `part` is empty on the same image.
[[nodiscard]] LayerForecast forecast_of(const snapshot::Layer& layer,
                                        const snapshot::LayerPlan& plan,
                                        const FittingPart& part,
                                        const snapshot::Roots& roots,
                                        system::FileReader& files);

}  // namespace envkeep::engine

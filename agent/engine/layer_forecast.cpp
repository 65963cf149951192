// SPDX-License-Identifier: MIT
#include "engine/layer_forecast.hpp"

#include <string>

namespace envkeep::engine {
namespace {

using snapshot::Entry;
using snapshot::EntryKind;
using snapshot::LayerChange;
using snapshot::LayerStep;

class Forecaster {
  public:
    Forecaster(const snapshot::Layer& layer,
               const snapshot::Roots& roots,
               system::FileReader& files)
        : layer_(layer), roots_(roots), files_(files) {}

    LayerForecast tell(const snapshot::LayerPlan& plan,
                       const FittingPart& part,
                       const std::vector<std::string>& superseded) {
        for (const LayerStep& step : plan.steps) {
            count(step);
        }
        for (const std::size_t i : plan.aside) {
            told_.aside.push_back(absolute(layer_.entries[i].path));
        }
        for (const std::string& path : superseded) {
            told_.aside.push_back(absolute(path));
        }
        for (const auto& [group, removals] : part.room) {
            tell_removals(removals);
        }
        tell_removals(plan.removals);
        told_.debs = part.debs;
        told_.not_here = part.not_here;
        return std::move(told_);
    }

  private:
    void count(const LayerStep& step) {
        const Entry& entry = layer_.entries[step.entry];
        if (step.change == LayerChange::replace) {
            told_.replaced.push_back(absolute(entry.path));
        }
        if (entry.kind == EntryKind::folder) {
            ++told_.folders;
        } else if (step.change == LayerChange::attributes) {
            ++told_.attributes;
        } else {
            ++told_.files;
            told_.bytes += entry.kind == EntryKind::file ? entry.size : 0;
        }
    }

    void tell_removals(const std::vector<snapshot::LayerRemoval>& removals) {
        for (const snapshot::LayerRemoval& removal : removals) {
            told_.removed.push_back(absolute(removal.path));
        }
    }

    [[nodiscard]] std::string absolute(const std::string& path) const {
        const Result<system::Place> place = roots_.place_of(path);
        return place ? files_.absolute(*place) : '/' + path;
    }

    const snapshot::Layer& layer_;
    const snapshot::Roots& roots_;
    system::FileReader& files_;
    LayerForecast told_;
};

}  // namespace

LayerForecast forecast_of(const snapshot::Layer& layer,
                          const snapshot::LayerPlan& plan,
                          const FittingPart& part,
                          const std::vector<std::string>& superseded,
                          const snapshot::Roots& roots,
                          system::FileReader& files) {
    return Forecaster(layer, roots, files).tell(plan, part, superseded);
}

}  // namespace envkeep::engine

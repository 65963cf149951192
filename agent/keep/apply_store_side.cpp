// SPDX-License-Identifier: MIT
#include "keep/apply_store_side.hpp"

#include "envkeep/core/match.hpp"

namespace envkeep::keep {

StoreSide::StoreSide(const model::Plan& plan, const system::FileReader& files) : files_(files) {
    for (const model::KeepRow& row : plan.keeps) {
        sources_.insert(row.source);
    }
    for (const model::Step& step : plan.steps) {
        match(
            step.action,
            [&](const model::MakeLink& link) { sources_.insert(link.target); },
            [&](const model::ReplaceLink& link) { sources_.insert(link.new_target); },
            [&](const model::ReplaceByLink& replaced) { sources_.insert(replaced.target); },
            [&](const model::Seed& seed) { sources_.insert(files_.absolute(seed.to)); },
            [&](const model::CopyIn& copy) { sources_.insert(files_.absolute(copy.from)); },
            [&](const model::CopyBack& copy) { sources_.insert(files_.absolute(copy.to)); },
            [](const auto&) {});
    }
    sources_.erase("");
}

bool StoreSide::holds(const system::Place& place) const {
    const std::string path = files_.absolute(place);
    for (std::size_t end = path.size(); end != std::string::npos && end > 0;
         end = path.rfind('/', end - 1)) {
        if (sources_.contains(path.substr(0, end))) {
            return true;
        }
    }
    const auto below = sources_.lower_bound(path + '/');
    return below != sources_.end() && below->starts_with(path + '/');
}

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#include "engine/proven_steps.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace envkeep::engine {

using snapshot::Entry;
using snapshot::EntryKind;
using snapshot::LayerStep;

ProvenSteps proven_steps(const snapshot::Layer& layer,
                         std::vector<LayerStep> steps,
                         const std::set<std::uint32_t>& groups,
                         const Rehearse& rehearse) {
    std::vector<LayerStep> asked;
    std::ranges::copy_if(steps, std::back_inserter(asked), [&](const LayerStep& step) {
        return groups.contains(layer.entries[step.entry].group);
    });
    ProvenSteps proven{.steps = std::move(steps)};
    if (asked.empty()) {
        return proven;
    }
    snapshot::UnpackReport found = rehearse(asked);
    proven.is_whole = found.is_whole;
    proven.failed = std::move(found.failed);
    std::set<std::uint32_t> packages;  // which lack something
    std::set<std::string> paths;
    for (const snapshot::UnpackReport::Failed& one : proven.failed) {
        const Entry& entry = layer.entries[one.entry];
        paths.insert(entry.path);
        if (layer.groups.at(entry.group).is_package()) {
            packages.insert(entry.group);
        }
    }
    // A folder is made for whatever else lies in it, unless something stands in its way.
    const auto stays_away = [&](const LayerStep& step) {
        const Entry& entry = layer.entries[step.entry];
        const bool is_of_package = packages.contains(entry.group);
        if (entry.kind == EntryKind::folder) {
            return is_of_package && step.change == snapshot::LayerChange::make &&
                   step.seen.kind != system::Kind::absent;
        }
        return is_of_package || paths.contains(entry.path) ||
               (entry.kind == EntryKind::hard_link && paths.contains(entry.target));
    };
    std::erase_if(proven.steps, [&](const LayerStep& step) {
        const bool stays = stays_away(step);
        if (stays && paths.insert(layer.entries[step.entry].path).second) {
            proven.failed.push_back(
                {.entry = step.entry,
                 .error = {.kind = ErrorKind::io,
                           .message = "held back, since what belongs to it is not all there"}});
        }
        return stays;
    });
    return proven;
}

}  // namespace envkeep::engine

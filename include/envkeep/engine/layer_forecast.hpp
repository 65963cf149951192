// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/layers.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace envkeep::engine {

// What `restore_layer` would do now. Paths are absolute, where they lie in this machine.
struct LayerForecast {
    std::optional<snapshot::Snapshot> record;  // none: no snapshot is due
    bool is_same_image = true;
    std::uint64_t files = 0;  // and links, that would be written
    std::uint64_t bytes = 0;
    std::uint64_t folders = 0;  // made, or given their mode, owner and time
    std::uint64_t attributes =
        0;  // files whose bytes are here already: mode, owner or time are set
    std::vector<std::string> replaced;  // of `files`: the image's, or held in the store
    std::vector<std::string> aside;     // neither of both
    std::vector<std::string> removed;
    std::vector<std::string> debs;      // that dpkg would put back in the background
    std::vector<std::string> not_here;  // what does not fit this image, and why
    std::vector<model::Finding> findings;
    std::vector<Timing> timings;

    [[nodiscard]] bool is_empty() const {
        return files == 0 && folders == 0 && attributes == 0 && aside.empty() && removed.empty() &&
               debs.empty();
    }
};

// By the planner that `restore_layer` follows; nothing is written anywhere.
[[nodiscard]] Result<LayerForecast> forecast_layer(const World& world,
                                                   Session& session,
                                                   const LayerRestoreOptions& options,
                                                   const Listener& listener);

}  // namespace envkeep::engine

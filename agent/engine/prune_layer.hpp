// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/scope.hpp"
#include "envkeep/snapshot/write_packs.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace envkeep::engine {

// The layer without the entries that could not be packed (and further names of these), and without
// packs that none of its files lies in.
[[nodiscard]] snapshot::Layer without(snapshot::Layer layer,
                                      const std::vector<std::size_t>& gone,
                                      const std::vector<snapshot::PackReport::Unread>& unread);

// What of a layer comes to lie at one of the places of this machine (below "/", without the first
// slash), or below it; what was in the home then is in this session's home.
struct LiesThere {
    std::vector<std::size_t> entries;
    std::vector<std::size_t> deletions;
    std::vector<std::string> places;  // those where anything lies
};

[[nodiscard]] LiesThere what_lies_at(const std::vector<std::string>& places,
                                     const snapshot::Layer& layer,
                                     const snapshot::Scope& scope);

[[nodiscard]] snapshot::Layer without(snapshot::Layer layer, const LiesThere& gone);

// The entry becomes what `base` has of its path, whose packs are the first ones of the layer; false
// where it has none.
[[nodiscard]] bool take_from(snapshot::Layer& layer,
                             std::size_t entry,
                             const snapshot::Layer& base);

}  // namespace envkeep::engine

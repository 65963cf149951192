// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/write_packs.hpp"

#include <cstddef>
#include <vector>

namespace envkeep::engine {

// The layer without the entries that could not be packed (and further names of these), and without
// packs that none of its files lies in.
[[nodiscard]] snapshot::Layer without(snapshot::Layer layer,
                                      const std::vector<std::size_t>& gone,
                                      const std::vector<snapshot::PackReport::Unread>& unread);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/layer.hpp"
#include "envkeep/system/files.hpp"

#include <string>
#include <string_view>

namespace envkeep::snapshot {

// Where the paths of a layer lie in this machine: below "/", and the layer's home, with what was
// below it, where this session has its home.
struct Roots {
    system::RootId machine;  // "/"
    system::RootId home;
    std::string home_then;  // Layer::home without its first '/'; empty: no home is told apart

    // A path that would climb out gives unsafe_path.
    [[nodiscard]] Result<system::Place> place_of(std::string_view path) const;
};

}  // namespace envkeep::snapshot

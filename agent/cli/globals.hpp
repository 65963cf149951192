// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.hpp"
#include "envkeep/engine/world.hpp"

#include <span>

namespace envkeep::cli {

// What every command takes, before or after its name.
struct Globals {
    bool json = false;
    bool verbose = false;
    bool quiet = false;
    engine::Options options;
};

[[nodiscard]] std::span<const Flag> global_flags();

}  // namespace envkeep::cli

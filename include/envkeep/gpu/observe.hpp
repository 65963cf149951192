// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/facts.hpp"
#include "envkeep/system/inspector.hpp"
#include "envkeep/system/machine.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace envkeep::gpu {

// What an observation starts from beside the files.
struct Surroundings {
    std::string home;
    std::string store;  // the persistent folder; empty: none
    std::vector<system::Mount> mounts;
    std::uint32_t uid = 0;            // that envkeep runs as
    std::vector<std::string> search;  // more folders to look for environments in
    // Also what else the home and the store hold, five levels deep; more of each notebook.
    bool searches_all = false;
};

// Never fails: what cannot be read is not known.
[[nodiscard]] Facts observe(const system::Inspector& machine, const Surroundings& surroundings);

}  // namespace envkeep::gpu

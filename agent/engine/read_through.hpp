// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/manifest/read.hpp"
#include "envkeep/system/files.hpp"

#include <string>

namespace envkeep::engine {

// The place that an absolute path really names, links followed: for files that the user named.
[[nodiscard]] Result<system::Place> real_place(system::FileReader& files,
                                               const std::string& absolute);

// Reads manifests by absolute path, links followed. `files` must outlive it.
[[nodiscard]] manifest::ReadFile read_through(system::FileReader& files);

}  // namespace envkeep::engine

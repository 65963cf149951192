// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/start.hpp"
#include "envkeep/store/layout.hpp"

namespace envkeep::engine {

// Puts a start's report into the store, where the last 20 stay. What cannot be written is missing
// there only.
void file_report(const World& world, const store::Store& store, const RenderedReport& report);

}  // namespace envkeep::engine

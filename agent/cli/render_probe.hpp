// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/json.hpp"
#include "envkeep/gpu/probe.hpp"

#include <string>

namespace envkeep::cli {

// What came of it in a few words: "Tesla T4 computes (context 131 ms, kernel 2 ms)".
[[nodiscard]] std::string probe_text(const gpu::ProbeFacts& probe);

// All that was run came to a good end.
[[nodiscard]] bool is_well(const gpu::ProbeFacts& probe);

[[nodiscard]] Json json_of(const gpu::ProbeFacts& probe);

}  // namespace envkeep::cli

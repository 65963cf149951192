// SPDX-License-Identifier: MIT
#pragma once

#include "cli/render_plan.hpp"
#include "cli/view.hpp"
#include "envkeep/core/json.hpp"
#include "envkeep/engine/sync.hpp"

#include <string>
#include <vector>

namespace envkeep::cli {

// A line for each working copy: what came in, what went out.
[[nodiscard]] std::string copies_text(const std::vector<git::CopyReport>& copies, const View& view);

// "2 repositories: 1 cloned, 1 up to date".
[[nodiscard]] std::string copies_count_text(const std::vector<git::CopyReport>& copies);

// The lines of the working copies, of the links that were made for them, and what is to be told.
[[nodiscard]] std::string sync_text(const engine::SyncReport& report,
                                    const AbsoluteOf& absolute,
                                    const View& view);

// All of them, each once.
[[nodiscard]] std::vector<model::Finding> findings_of(const engine::SyncReport& report);

// The working copies as --json has them; their findings stand among the others.
[[nodiscard]] Json json_of(const std::vector<git::CopyReport>& copies);

}  // namespace envkeep::cli

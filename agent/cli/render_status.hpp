// SPDX-License-Identifier: MIT
#pragma once

#include "cli/render_plan.hpp"
#include "envkeep/core/json.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/engine/status.hpp"

#include <string>

namespace envkeep::cli {

struct StatusContext {
    AbsoluteOf absolute;
    WallTime now{};
};

[[nodiscard]] std::string status_text(const engine::StatusReport& report,
                                      const StatusContext& context,
                                      const View& view);

// Adds all of the report but its findings.
void add_status(Json& members, const engine::StatusReport& report, const AbsoluteOf& absolute);

}  // namespace envkeep::cli

// SPDX-License-Identifier: MIT
#pragma once

#include "cli/view.hpp"
#include "envkeep/core/json.hpp"
#include "envkeep/engine/doctor.hpp"

#include <string>
#include <vector>

namespace envkeep::cli {

// The verdict in a line, the cause with its cure, what else was seen, and what was looked at.
[[nodiscard]] std::string doctor_text(const engine::DoctorReport& report, const View& view);

// One of the hosts of the repositories could not be used.
[[nodiscard]] bool any_host_failed(const engine::DoctorReport& report);
[[nodiscard]] Json hosts_json(const std::vector<git::CopyReport>& hosts);

// Of json_of().
[[nodiscard]] std::string facts_text(const Json& facts);
[[nodiscard]] Json json_of(const gpu::Facts& facts);
[[nodiscard]] Json stages_json(const std::vector<gpu::Stage>& stages);

}  // namespace envkeep::cli

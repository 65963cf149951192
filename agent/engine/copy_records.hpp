// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/json.hpp"
#include "envkeep/engine/session.hpp"
#include "envkeep/git/working_copy.hpp"

#include <string>
#include <vector>

// What became of working copies, told from one process of ours to another, and kept in the home's
// `.envkeep-state/git/` for `status`.
namespace envkeep::engine {

[[nodiscard]] Json to_json(const git::CopyReport& report);
// What is missing or of another type is empty.
[[nodiscard]] git::CopyReport copy_report_of(const Json& json);

// What cannot be kept is missing in `status` only.
void keep_copy_record(const World& world, const Session& session, const git::CopyReport& report);
// In no order; what cannot be read is left out.
[[nodiscard]] std::vector<git::CopyReport> copy_records(const World& world, system::RootId home);

}  // namespace envkeep::engine

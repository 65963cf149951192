// SPDX-License-Identifier: MIT
#pragma once

#include "cli/render_plan.hpp"
#include "envkeep/core/json.hpp"
#include "envkeep/engine/world.hpp"
#include "envkeep/manifest/read.hpp"
#include "envkeep/model/plan.hpp"

#include <string>
#include <string_view>
#include <vector>

// The parts of what --json gives; docs/schema/output.schema.json describes them. Paths are written
// as `json_bytes` does, so that any name comes through whole; other texts are printable.
namespace envkeep::cli {

[[nodiscard]] Json json_of(const std::vector<model::Finding>& findings);
[[nodiscard]] Json json_of(const std::vector<model::Conflict>& conflicts);
[[nodiscard]] Json json_of(const std::vector<model::KeepRow>& keeps);
[[nodiscard]] Json json_of(const std::vector<manifest::Problem>& problems);
[[nodiscard]] Json json_of(const std::vector<engine::Timing>& timings);
[[nodiscard]] Json json_of(const std::vector<std::string>& texts);
[[nodiscard]] Json paths_json(const std::vector<std::string>& paths);
[[nodiscard]] Json json_of(const Error& error);

// The steps of a plan; with an outcome, what became of each.
[[nodiscard]] Json actions_json(const model::Plan& plan,
                                const model::Outcome* outcome,
                                const AbsoluteOf& absolute);

// Adds actions, conflicts and keeps.
void add_plan(Json& members,
              const model::Plan& plan,
              const model::Outcome* outcome,
              const AbsoluteOf& absolute);

[[nodiscard]] std::string_view name_of(ErrorKind kind);

}  // namespace envkeep::cli

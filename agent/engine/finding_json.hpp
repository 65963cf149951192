// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/json.hpp"
#include "envkeep/model/finding.hpp"

namespace envkeep::engine {

// From one process of ours to another; not what --json shows. Repairs are left out.
[[nodiscard]] Json to_json(const model::Finding& finding);

// What is missing or of another type is empty.
[[nodiscard]] model::Finding finding_of(const Json& json);

}  // namespace envkeep::engine

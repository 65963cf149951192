// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/model/finding.hpp"
#include "envkeep/packages/inventory.hpp"

#include <vector>

namespace envkeep::engine {

// What is not as it should be about the packages of the session, one finding for each kind. What
// the image brought so is nobody's to cure.
[[nodiscard]] std::vector<model::Finding> findings_of(const packages::Inventory& inventory);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/store/journal.hpp"

#include <string>

namespace envkeep::keep {

// "put back '/root/.ssh'"; `is_rest`: what a killed run had left of it comes back.
[[nodiscard]] std::string what_undoing_does(const store::Change& change, bool is_rest);

}  // namespace envkeep::keep

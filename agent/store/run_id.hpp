// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/time.hpp"
#include "envkeep/system/machine.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace envkeep::store {

// "20261120T232459Z-8d6cf3f2a9": the second, the microsecond in five hexadecimal digits and five
// random ones. Sorts by time, and tells its time without any clock.
[[nodiscard]] std::string new_run_id(WallTime now, const system::Machine& machine);

// When the run with that id began, to the second; none for what is no such id.
[[nodiscard]] std::optional<WallTime> time_of_run(std::string_view id);

}  // namespace envkeep::store

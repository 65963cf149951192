// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace envkeep::keep {

// True for what envkeep itself puts beside the user's things: what went aside, the session's state,
// half-made things under a temporary name. Such names are never kept, seeded or compared.
[[nodiscard]] bool is_own_name(std::string_view name);

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace envkeep::manifest {

// Whether a variable of that name is one that dash, bash or zsh sets by itself and refuses to take,
// as a whole or with some values. A POSIX shell ends there, and with it the start of the server;
// zsh sees no more of the exports.
[[nodiscard]] bool is_set_by_shells(std::string_view name);

}  // namespace envkeep::manifest

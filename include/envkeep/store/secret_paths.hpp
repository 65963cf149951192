// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

// Where tokens and passwords are known to lie in plain text.
namespace envkeep::store {

// Home paths; of a folder all that is below it is meant. Sorted.
[[nodiscard]] std::span<const std::string_view> secret_paths();

// At or below one of them.
[[nodiscard]] bool is_secret_path(std::string_view below_home);

// Names that tell, wherever they stand: `.netrc`, `kaggle.json`.
[[nodiscard]] std::span<const std::string_view> secret_names();

// Whether a name is one of them.
[[nodiscard]] bool is_secret_name(std::string_view name);

}  // namespace envkeep::store

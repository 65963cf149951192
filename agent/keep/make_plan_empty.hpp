// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace envkeep::keep {

// Whether something that exists nowhere yet, and of which the manifest does not say, will be a
// file:
// `.netrc` and `settings.json` will, `.jupyter` will not.
[[nodiscard]] bool is_file_by_name(std::string_view name);

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#pragma once

#include "git/handles.hpp"

#include <string>

namespace envkeep::git {

// Made at `path`, as git_repository_init_ext does it.
[[nodiscard]] Result<Repository> new_repository(const std::string& path,
                                                git_repository_init_options& options);

}  // namespace envkeep::git

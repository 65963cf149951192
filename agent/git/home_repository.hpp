// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/git/home_repository.hpp"
#include "git/handles.hpp"

#include <string>
#include <vector>

namespace envkeep::git {

[[nodiscard]] Result<Repository> open_home_repository(const std::string& folder);

// What is tracked; of a repository whose files were never checked out, what HEAD has.
[[nodiscard]] Result<Index> tracked_in(git_repository* repository);

// Whether it stands in the home: no link is in its way, or in its place unless it is a tracked one.
[[nodiscard]] bool is_in_home(const system::Place& place,
                              const git_index_entry& entry,
                              system::FileReader& files);

}  // namespace envkeep::git

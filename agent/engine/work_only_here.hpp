// SPDX-License-Identifier: MIT
#pragma once

#include "engine/git_wishes.hpp"
#include "envkeep/git/working_copy.hpp"

#include <optional>

namespace envkeep::engine {

// What of a working copy is neither at its remote nor in a folder that survives the container; none
// if all of it is, or if that cannot be told.
[[nodiscard]] std::optional<model::Finding> work_only_here(const World& world,
                                                           const Session& session,
                                                           const git::Wish& wish,
                                                           const git::LocalAccess& local);

// Changed files of a working copy that a sync without `--push` brought.
[[nodiscard]] std::optional<model::Finding> not_committed(const git::Wish& wish,
                                                          const git::LocalAccess& local);

}  // namespace envkeep::engine

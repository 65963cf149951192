// SPDX-License-Identifier: MIT
#pragma once

#include "git/fetch.hpp"
#include "git/work.hpp"

#include <optional>
#include <string>

namespace envkeep::git {

// Where a working copy is to stand.
struct Target {
    git_oid commit;
    std::string branch;  // "main"; empty: detached, at a tag or a commit
};

// What the wish names, of what was fetched; none with a finding where the remote has no such thing,
// and without one where it has nothing at all.
[[nodiscard]] std::optional<Target> target_of(Work& work,
                                              git_repository* repository,
                                              const Advertised& there);

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#pragma once

#include "git/work.hpp"

#include <optional>
#include <string>

namespace envkeep::git {

enum class Pushed {
    done,
    overtaken,  // somebody else pushed first: fetch, and try again
    failed,     // told
};

// One branch ("refs/heads/main") to the remote's of that name, where it was at `expected` when it
// was last fetched; none: it was not there.
[[nodiscard]] Pushed push(Work& work,
                          git_remote* remote,
                          const std::string& branch,
                          const std::optional<git_oid>& expected);

}  // namespace envkeep::git

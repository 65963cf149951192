// SPDX-License-Identifier: MIT
#pragma once

#include "git/work.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::git {

// What the remote said that it has.
struct Advertised {
    struct Name {
        std::string name;  // "refs/heads/main", "refs/tags/v1"
        git_oid id;        // of a tag: what it stands for in the end
    };

    std::vector<Name> names;
    std::string default_branch;  // "refs/heads/main"; empty: none, or one that is not there

    [[nodiscard]] std::optional<git_oid> at(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> branches() const;  // "main"
};

enum class History { whole, newest };  // newest: one commit of each branch, where the way allows it

// Whether two URLs mean one repository, whatever the way to it.
[[nodiscard]] bool is_same_repository(std::string_view one, std::string_view other);

// A URL as it is really asked for: `url.<base>.insteadOf` of the user's configuration applied.
[[nodiscard]] std::string rewritten(git_repository* repository, const std::string& url);

// The remote of a working copy that is the wish's repository, reached by the wish's URL; none if
// there is no such remote.
[[nodiscard]] Remote remote_of(git_repository* repository, const Wish& wish);

// Fetches by the remote's own refspecs, and the wish's tag or commit. None if that failed: the
// findings say why, and when it was last fetched.
[[nodiscard]] std::optional<Advertised> fetch(Work& work,
                                              git_repository* repository,
                                              git_remote* remote,
                                              History history);

// Where a remote's branch is noted here: "refs/remotes/origin/main".
[[nodiscard]] std::string tracking_name(git_remote* remote, std::string_view branch);

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/git/working_copy.hpp"

#include <optional>
#include <string>
#include <vector>

// A repository whose working tree is a home: yadm's, a bare one that is used with `--work-tree`, or
// one in `~/.git`. Nothing here changes it or the home.
namespace envkeep::git {

struct HomeRepository {
    std::string folder;  // of git itself: absolute
    std::string remote;  // its name, and its URL as it is configured
    std::string url;
    std::string branch;
    std::vector<std::string> tracked;      // paths, sorted
    std::vector<model::Finding> findings;  // what of it a working copy cannot stand for
};

// The folder of git's own that an absolute path names; none if it is no such repository.
[[nodiscard]] std::optional<std::string> home_repository_at(const std::string& path,
                                                            const LocalAccess& local);

// Fails (usage, conflict) where no working copy could be made of it, with what cures that.
[[nodiscard]] Result<HomeRepository> look_at_home_repository(const std::string& folder,
                                                             const LocalAccess& local);

// Makes a working copy at `target`, where nothing stands yet: all that the repository holds, and
// the tracked files as they are in the home. What is not there comes from the index. A half-made
// one is removed.
[[nodiscard]] Result<void> copy_home_repository(const HomeRepository& repository,
                                                const system::Place& target,
                                                const LocalAccess& local);

}  // namespace envkeep::git

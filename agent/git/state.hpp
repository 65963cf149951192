// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/git/working_copy.hpp"
#include "git/handles.hpp"

#include <functional>
#include <optional>
#include <string>

namespace envkeep::git {

enum class Untracked {
    folders,
    files
};  // a folder with nothing tracked in it: itself, or its files

// What differs from HEAD, in index or folder; untracked entries too.
[[nodiscard]] Result<StatusList> changes_of(git_repository* repository, Untracked untracked);

// Nothing that is tracked was changed, in index or folder.
[[nodiscard]] Result<bool> is_clean(git_repository* repository);

// How many commits of `head` no remote-tracking branch has. Counted to a limit: of a history
// without a common commit each one is.
[[nodiscard]] Result<std::size_t> commits_only_here(git_repository* repository,
                                                    const git_oid& head);

[[nodiscard]] bool is_untracked(const git_status_entry& entry);
[[nodiscard]] std::string path_of(const git_status_entry& entry);

[[nodiscard]] Result<CopyState> read_state(git_repository* repository, const LocalAccess& local);

// "merge", "rebase", ...; empty: nothing was begun.
[[nodiscard]] std::string unfinished_of(git_repository* repository);

// What git is to be told to give that up: "merge --abort".
[[nodiscard]] std::string words_that_give_up(git_repository* repository);

// The commit of a reference, tags peeled; none if there is no such reference.
[[nodiscard]] std::optional<git_oid> commit_at(git_repository* repository, const std::string& name);

// Of HEAD: the branch's full name ("refs/heads/main"), also where nothing is committed yet; empty:
// detached.
[[nodiscard]] std::string branch_of_head(git_repository* repository);

}  // namespace envkeep::git

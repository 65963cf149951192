// SPDX-License-Identifier: MIT
#include "git/state.hpp"

#include "envkeep/core/text.hpp"
#include "git/locks.hpp"
#include "git/open_copy.hpp"
#include "git/remote_callbacks.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace envkeep::git {
namespace {

using Walk = Handle<git_revwalk, git_revwalk_free>;

Result<void> read_changes(git_repository* repository, CopyState& state) {
    ENVKEEP_TRY(const StatusList list, changes_of(repository, Untracked::folders));
    const std::size_t count = git_status_list_entrycount(list.get());
    for (std::size_t i = 0; i < count; ++i) {
        const git_status_entry& entry = *git_status_byindex(list.get(), i);
        std::vector<std::string>& where = is_untracked(entry) ? state.untracked : state.changed;
        if (where.size() < listed_files) {
            where.push_back(path_of(entry));
        }
    }
    return {};
}

}  // namespace

Result<StatusList> changes_of(git_repository* repository, Untracked untracked) {
    git_status_options options = GIT_STATUS_OPTIONS_INIT;
    options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
    options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED;
    if (untracked == Untracked::files) {
        options.flags |= GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS;
    }
    StatusList list;
    if (const int code = git_status_list_new(into(list), repository, &options); code != 0) {
        return git_failure(code, "compare the files with HEAD");
    }
    return list;
}

Result<std::size_t> commits_only_here(git_repository* repository, const git_oid& head) {
    constexpr std::size_t most = 10'000;
    Walk walk;
    int code = git_revwalk_new(into(walk), repository);
    if (code == 0) {
        code = git_revwalk_push(walk.get(), &head);
    }
    if (code == 0) {
        code = git_revwalk_hide_glob(walk.get(), "refs/remotes/*");
    }
    std::size_t count = 0;
    git_oid id;
    while (code == 0 && count < most && (code = git_revwalk_next(&id, walk.get())) == 0) {
        ++count;
    }
    return code == 0 || code == GIT_ITEROVER ? Result<std::size_t>(count)
                                             : git_failure(code, "compare with what was fetched");
}

bool is_untracked(const git_status_entry& entry) {
    return entry.status == GIT_STATUS_WT_NEW;
}

std::string path_of(const git_status_entry& entry) {
    const git_diff_delta* const delta =
        entry.index_to_workdir == nullptr ? entry.head_to_index : entry.index_to_workdir;
    return delta->new_file.path == nullptr ? delta->old_file.path : delta->new_file.path;
}

Result<bool> is_clean(git_repository* repository) {
    ENVKEEP_TRY(const StatusList list, changes_of(repository, Untracked::folders));
    for (std::size_t i = 0; i < git_status_list_entrycount(list.get()); ++i) {
        if (!is_untracked(*git_status_byindex(list.get(), i))) {
            return false;
        }
    }
    return true;
}

std::string unfinished_of(git_repository* repository) {
    switch (git_repository_state(repository)) {
        case GIT_REPOSITORY_STATE_NONE: {
            // `git stash pop` leaves no more than that.
            Index index;
            const bool is_open = git_repository_index(into(index), repository) == 0;
            return is_open && git_index_has_conflicts(index.get()) != 0 ? "merge" : "";
        }
        case GIT_REPOSITORY_STATE_MERGE:
            return "merge";
        case GIT_REPOSITORY_STATE_REVERT:
        case GIT_REPOSITORY_STATE_REVERT_SEQUENCE:
            return "revert";
        case GIT_REPOSITORY_STATE_CHERRYPICK:
        case GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE:
            return "cherry-pick";
        case GIT_REPOSITORY_STATE_BISECT:
            return "bisect";
        case GIT_REPOSITORY_STATE_APPLY_MAILBOX:
            return "am";
        default:
            return "rebase";
    }
}

std::string words_that_give_up(git_repository* repository) {
    switch (git_repository_state(repository)) {
        case GIT_REPOSITORY_STATE_BISECT:
            return "bisect reset";
        case GIT_REPOSITORY_STATE_NONE:
            return "reset --merge";  // only files with the marks of a conflict
        default:
            return unfinished_of(repository) + " --abort";
    }
}

std::optional<git_oid> commit_at(git_repository* repository, const std::string& name) {
    Object commit;
    Reference reference;
    if (git_reference_lookup(into(reference), repository, name.c_str()) != 0 ||
        git_reference_peel(into(commit), reference.get(), GIT_OBJECT_COMMIT) != 0) {
        return std::nullopt;
    }
    return *git_object_id(commit.get());
}

std::string branch_of_head(git_repository* repository) {
    Reference head;
    if (git_reference_lookup(into(head), repository, "HEAD") != 0 ||
        git_reference_type(head.get()) != GIT_REFERENCE_SYMBOLIC) {
        return {};
    }
    return git_reference_symbolic_target(head.get());
}

Result<CopyState> read_state(git_repository* repository, const LocalAccess& local) {
    CopyState state{.exists = true};
    const std::string branch = branch_of_head(repository);
    if (branch.starts_with(heads)) {
        state.branch = branch.substr(heads.size());
    }
    if (const std::optional<git_oid> head = commit_at(repository, "HEAD")) {
        state.head = text_of(*head);
        ENVKEEP_TRY(state.only_here, commits_only_here(repository, *head));
    } else if (git_repository_head_unborn(repository) != 1) {
        return failure(ErrorKind::unsupported, "the commit that HEAD names cannot be read");
    }
    ENVKEEP_CHECK(read_changes(repository, state));
    state.unfinished = unfinished_of(repository);
    for (const Lock& lock : locks_of(repository, local.files)) {
        state.locks.push_back(told(lock, local.machine.now()));
    }
    return state;
}

Result<CopyState> state_of(const std::string& folder, const LocalAccess& local) {
    const LibGit library(local.home);
    if (!library.is_started()) {
        return failure(ErrorKind::unsupported, "libgit2 does not start");
    }
    const Opened opened = open_copy(folder, local);
    switch (opened.standing) {
        case Standing::absent:
        case Standing::empty_folder:
        case Standing::in_the_way:
            return CopyState{};
        case Standing::unreadable:
            return failure(ErrorKind::unsupported,
                           fmt::format("repository {}: {}", quoted(folder), opened.why),
                           git_command(folder, "fsck") + " says more");
        case Standing::of_another:
            return failure(ErrorKind::permission_denied,
                           fmt::format("repository {} {}", quoted(folder), opened.why),
                           "git config --global --add safe.directory " + shell_quoted(folder));
        case Standing::working_copy:
            break;
    }
    return read_state(opened.repository.get(), local);
}

}  // namespace envkeep::git

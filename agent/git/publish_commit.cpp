// SPDX-License-Identifier: MIT
#include "git/publish_commit.hpp"

#include "envkeep/core/rel_path.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/store/working_copies.hpp"
#include "git/lfs.hpp"
#include "git/open_copy.hpp"
#include "git/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace envkeep::git {
namespace {

constexpr std::size_t head_of_file = 4096;
constexpr std::uint64_t largest_file = 100ULL << 20U;  // more is refused by the large hosts

// What is left out of the commit, by reason.
struct LeftOutOfCommit {
    std::vector<std::string> keys;
    std::vector<std::string> large;
    std::vector<std::string> repositories;
    std::vector<std::string> beside;
    std::vector<std::string> filtered;
    bool has_lfs = false;  // among the filtered
};

void tell_keys(Work& work, const std::vector<std::string>& keys) {
    if (!keys.empty()) {
        work.tell(model::Finding{
            .id = "git-private-key",
            .severity = model::Severity::warning,
            .subject = work.wish.subject,
            .title =
                "private keys were not committed: all who can read the repository could use them",
            .evidence = some_of(keys),
            .fix = {.commands = {fmt::format("echo {} >> {}",
                                             shell_quoted("/" + keys.front()),
                                             shell_quoted(work.wish.folder + "/.gitignore"))},
                    .text = "keep a key in the store instead: `envkeep adopt`"}});
    }
}

void tell_others(Work& work, const LeftOutOfCommit& left_out) {
    if (!left_out.large.empty()) {
        work.tell(model::Finding{
            .id = "git-large-file",
            .severity = model::Severity::warning,
            .subject = work.wish.subject,
            .title = "files larger than " + human_size(largest_file) + " were not committed",
            .evidence = some_of(left_out.large),
            .fix = {.text = "add them to .gitignore, or commit them yourself with git"}});
    }
    if (!left_out.repositories.empty()) {
        work.tell(
            model::Finding{.id = "git-nested-repository",
                           .severity = model::Severity::info,
                           .subject = work.wish.subject,
                           .title = "repositories inside it were not committed",
                           .evidence = some_of(left_out.repositories),
                           .fix = {.text = "add them to .gitignore, or name them under `repos:`"}});
    }
}

// Of a file that was changed in a home and in the store, until the user took one of the two.
void tell_beside(Work& work, const std::vector<std::string>& beside) {
    if (!beside.empty()) {
        work.tell(model::Finding{
            .id = "git-kept-beside",
            .severity = model::Severity::warning,
            .subject = work.wish.subject,
            .title = "versions of a home that `save` kept beside were not committed",
            .evidence = some_of(beside),
            .fix = {.commands = {"envkeep plan"},
                    .text = "says how to take one of the two; then remove what you do not need"}});
    }
}

// Of git-crypt, git-lfs and the like: a program makes of the file what is to be committed.
bool has_filter(git_repository* repository, const std::string& path) {
    const char* value = nullptr;
    return git_attr_get(&value, repository, 0, path.c_str(), "filter") == 0 &&
           git_attr_value(value) == GIT_ATTR_VALUE_STRING;
}

void tell_filtered(Work& work, const LeftOutOfCommit& left_out) {
    const std::vector<std::string>& filtered = left_out.filtered;
    if (!filtered.empty()) {
        std::string paths;
        for (const std::string& path : filtered) {
            paths += ' ' + shell_quoted(path);
        }
        const std::string& folder = work.wish.folder;
        std::vector<std::string> commands{git_command(folder, "add --" + paths)};
        if (left_out.has_lfs) {
            // It sends the content as git itself pushes, and would not as we do.
            commands.insert(commands.begin(), git_command(folder, "lfs install --local"));
            commands.push_back(git_command(folder, "commit -m 'files of git-lfs'"));
            commands.push_back(git_command(folder, "push"));
        } else {
            commands.push_back(push_command(work.wish));
        }
        work.tell(model::Finding{
            .id = "git-filter-not-run",
            .severity = model::Severity::warning,
            .subject = work.wish.subject,
            .title = "files that a filter changes before a commit, as git-crypt does, were not "
                     "committed",
            .evidence = some_of(filtered),
            .fix = {
                .commands = std::move(commands),
                .text = "with git and that program installed; .gitattributes names the files"}});
    }
}

class Staging {
  public:
    Staging(Work& work, git_repository* repository) : work_(work), repository_(repository) {}

    Result<void> all() {
        if (const int code = git_repository_index(into(index_), repository_); code != 0) {
            return git_failure(code, "read the index");
        }
        ENVKEEP_TRY(root_, work_.local.files.open_root(git_repository_workdir(repository_)));
        ENVKEEP_TRY(const StatusList list, changes_of(repository_, Untracked::files));
        for (std::size_t i = 0; i < git_status_list_entrycount(list.get()); ++i) {
            ENVKEEP_CHECK(one(*git_status_byindex(list.get(), i)));
        }
        return {};
    }

    [[nodiscard]] git_index* index() const { return index_.get(); }

    [[nodiscard]] const LeftOutOfCommit& left_out() const { return left_out_; }

  private:
    Result<void> one(const git_status_entry& entry) {
        const std::string path = path_of(entry);
        // What git itself has put into the index went through the filter.
        constexpr int in_folder =
            GIT_STATUS_WT_NEW | GIT_STATUS_WT_MODIFIED | GIT_STATUS_WT_TYPECHANGE;
        if ((entry.status & GIT_STATUS_WT_DELETED) == 0 && has_filter(repository_, path)) {
            if ((entry.status & in_folder) != 0) {
                left_out_.filtered.push_back(path);
                left_out_.has_lfs = left_out_.has_lfs || is_of_lfs(repository_, path);
            }
            return {};
        }
        const bool is_new = (entry.status & (GIT_STATUS_WT_NEW | GIT_STATUS_INDEX_NEW)) != 0;
        ENVKEEP_TRY(const bool left_out, is_left_out(path, is_new));
        if (left_out && (entry.status & GIT_STATUS_INDEX_NEW) == 0) {
            return {};
        }
        const bool is_gone = left_out || (entry.status & GIT_STATUS_WT_DELETED) != 0 ||
                             (entry.status == GIT_STATUS_INDEX_DELETED);
        const int code = is_gone ? git_index_remove_bypath(index_.get(), path.c_str())
                                 : git_index_add_bypath(index_.get(), path.c_str());
        return code == 0 ? Result<void>{} : git_failure(code, "add " + quoted(path));
    }

    Result<bool> is_left_out(const std::string& path, bool is_new) {
        if (path.ends_with('/')) {
            left_out_.repositories.push_back(path);
            return true;
        }
        ENVKEEP_TRY(const RelPath below, RelPath::parse(path));
        if (is_new && std::ranges::any_of(below.components(), store::is_name_beside)) {
            left_out_.beside.push_back(path);
            return true;
        }
        const system::Place place{.root = root_, .path = below};
        ENVKEEP_TRY(const system::Status there, work_.local.files.status(place));
        if (!is_new || there.kind != system::Kind::file) {
            return false;
        }
        if (there.size > largest_file) {
            left_out_.large.push_back(path);
            return true;
        }
        ENVKEEP_TRY(const std::string head, work_.local.files.read_head(place, head_of_file));
        if (is_private_key(head)) {
            left_out_.keys.push_back(path);
            return true;
        }
        return false;
    }

    Work& work_;
    git_repository* repository_;
    Index index_;
    system::RootId root_;
    LeftOutOfCommit left_out_;
};

Result<void> commit_index(Work& work,
                          git_repository* repository,
                          git_index* index,
                          const git_signature* author,
                          const std::string& message) {
    git_oid tree_id;
    Tree tree;
    int code = git_index_write_tree(&tree_id, index);
    if (code == 0) {
        code = git_tree_lookup(into(tree), repository, &tree_id);
    }
    if (code != 0) {
        return git_failure(code, "write what changed");
    }
    Commit parent;
    if (const std::optional<git_oid> head = commit_at(repository, "HEAD")) {
        ENVKEEP_TRY(parent, commit_of(repository, *head));
        if (git_oid_equal(git_commit_tree_id(parent.get()), &tree_id) != 0) {
            return {};
        }
    } else if (git_index_entrycount(index) == 0) {
        return {};
    }
    // Blobs and commit are there before the index names them, and the index before HEAD moves.
    code = git_index_write(index);
    std::array<const git_commit*, 1> parents{parent.get()};
    git_oid id;
    if (code == 0) {
        code = git_commit_create(&id,
                                 repository,
                                 "HEAD",
                                 author,
                                 author,
                                 nullptr,
                                 message.c_str(),
                                 tree.get(),
                                 parent ? 1 : 0,
                                 parents.data());
    }
    if (code != 0) {
        return git_failure(code, "commit");
    }
    work.report.change = CopyChange::committed;
    return {};
}

}  // namespace

void tell_no_author(Work& work, std::string_view undone) {
    work.tell(model::Finding{
        .id = "git-no-author",
        .severity = model::Severity::error,
        .subject = work.wish.subject,
        .title = fmt::format("{}: git's configuration does not say who you are", undone),
        .fix = {.commands = {fmt::format("printf '[user]\\n\\tname = %s\\n\\temail = %s\\n' 'Your "
                                         "Name' you@example.com >> {}",
                                         shell_quoted(work.local.home + "/.gitconfig"))},
                .text = "with your own name and address; 'envkeep adopt ~/.gitconfig' keeps it"}});
}

bool is_private_key(std::string_view head) {
    const std::string_view first = trimmed(split(head.substr(0, 4096), '\n').front());
    return (first.starts_with("-----BEGIN ") && first.ends_with("PRIVATE KEY-----")) ||
           first.starts_with("PuTTY-User-Key-File-");
}

Result<bool> commit_all(Work& work, git_repository* repository, const std::string& message) {
    Signature author;
    Staging staging(work, repository);
    ENVKEEP_CHECK(staging.all());
    tell_keys(work, staging.left_out().keys);
    tell_others(work, staging.left_out());
    tell_beside(work, staging.left_out().beside);
    tell_filtered(work, staging.left_out());
    const int code = git_signature_default(into(author), repository);
    if (code == GIT_ENOTFOUND) {
        ENVKEEP_TRY(const StatusList list, changes_of(repository, Untracked::folders));
        if (git_status_list_entrycount(list.get()) == 0) {
            return true;
        }
        tell_no_author(work, "nothing was committed");
        return false;
    }
    if (code != 0) {
        return git_failure(code, "read who you are");
    }
    ENVKEEP_CHECK(commit_index(work, repository, staging.index(), author.get(), message));
    return true;
}

}  // namespace envkeep::git

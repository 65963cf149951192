// SPDX-License-Identifier: MIT
#include "git/publish_commit.hpp"

#include "envkeep/core/rel_path.hpp"
#include "envkeep/core/secrets.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/store/secret_paths.hpp"
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

constexpr std::size_t head_of_file = std::size_t{64} << 10U;
constexpr std::size_t most_in_command = 10;
constexpr std::uint64_t largest_file = 100ULL << 20U;  // more is refused by the large hosts

// What is left out of the commit, by reason.
struct LeftOutOfCommit {
    std::vector<std::string> keys;
    std::vector<std::string> tracked_keys;  // that were none when they were committed
    std::vector<std::string> secrets;
    std::vector<std::string> large;
    std::vector<std::string> repositories;
    std::vector<std::string> beside;
    std::vector<std::string> filtered;
    bool has_lfs = false;  // among the filtered
};

// The path alone, as .gitignore has it.
std::string pattern_of(const std::string& path) {
    std::string pattern = "/";
    for (const char c : path) {
        pattern += std::string_view("\\*?[").find(c) == std::string_view::npos ? "" : "\\";
        pattern += c;
    }
    if (pattern.ends_with(' ')) {
        pattern.insert(pattern.size() - 1, "\\");
    }
    return pattern;
}

// Whatever the file ends with: a blank line in it means nothing.
std::vector<std::string> ignoring(const Work& work, const std::vector<std::string>& paths) {
    if (paths.empty()) {
        return {};
    }
    std::string patterns = "''";
    for (std::size_t i = 0; i < std::min(paths.size(), most_in_command); ++i) {
        patterns += ' ' + shell_quoted(pattern_of(paths[i]));
    }
    return {fmt::format(
        "printf '%s\\n' {} >> {}", patterns, shell_quoted(work.wish.folder + "/.gitignore"))};
}

void tell_keys(Work& work, const LeftOutOfCommit& left_out) {
    std::vector<std::string> keys = left_out.tracked_keys;
    keys.insert(keys.end(), left_out.keys.begin(), left_out.keys.end());
    std::ranges::sort(keys);
    if (!keys.empty()) {
        work.tell(model::Finding{
            .id = "git-private-key",
            .severity = model::Severity::warning,
            .subject = work.wish.subject,
            .title =
                "private keys were not committed: all who can read the repository could use them",
            .evidence = some_of(keys),
            .fix = {.commands = ignoring(work, left_out.keys),
                    .text = "keep a key in the store instead: `envkeep adopt`"}});
    }
    if (!left_out.secrets.empty()) {
        work.tell(model::Finding{
            .id = "git-secret-file",
            .severity = model::Severity::warning,
            .subject = work.wish.subject,
            .title = "files of names that are known for tokens and passwords were not committed",
            .evidence = some_of(left_out.secrets),
            .fix = {.commands = ignoring(work, left_out.secrets),
                    .text = "keep such a file in the store instead: `envkeep adopt`; what holds no "
                            "secret you can commit yourself with git, and from then on it is "
                            "committed"}});
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
        const std::string& folder = work.wish.folder;
        std::string add = "add --";
        for (std::size_t i = 0; i < std::min(filtered.size(), most_in_command); ++i) {
            add += ' ' + shell_quoted(filtered[i]);
        }
        std::vector<std::string> commands{git_command(folder, add)};
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
                .text = filtered.size() > most_in_command
                            ? "with git and that program installed; it is of the first ten, and "
                              "the next run names the next"
                            : "with git and that program installed; .gitattributes names the "
                              "files"}});
    }
}

// The top of the repository is taken for a home, as in dotfiles.
bool is_named_as_secret(const RelPath& path) {
    return path.name() == ".env" || store::is_secret_name(path.name()) ||
           store::is_secret_path(path.text());
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
        ENVKEEP_TRY(const bool left_out, is_left_out(path, committed_of(entry)));
        if (left_out && (entry.status & GIT_STATUS_INDEX_NEW) == 0) {
            return stay_as_committed(entry);
        }
        const bool is_gone = left_out || (entry.status & GIT_STATUS_WT_DELETED) != 0 ||
                             (entry.status == GIT_STATUS_INDEX_DELETED);
        const int code = is_gone ? git_index_remove_bypath(index_.get(), path.c_str())
                                 : git_index_add_bypath(index_.get(), path.c_str());
        return code == 0 ? Result<void>{} : git_failure(code, "add " + quoted(path));
    }

    // None: it is new.
    static const git_diff_file* committed_of(const git_status_entry& entry) {
        if ((entry.status & (GIT_STATUS_WT_NEW | GIT_STATUS_INDEX_NEW)) != 0) {
            return nullptr;
        }
        const git_diff_delta* const delta =
            entry.head_to_index == nullptr ? entry.index_to_workdir : entry.head_to_index;
        return &delta->old_file;
    }

    // Also where it was staged.
    Result<void> stay_as_committed(const git_status_entry& entry) {
        const git_diff_file* const committed = committed_of(entry);
        if (committed == nullptr || entry.head_to_index == nullptr) {
            return {};
        }
        git_index_entry stays{};
        stays.path = committed->path;
        stays.id = committed->id;
        stays.mode = committed->mode;
        const int code = git_index_add(index_.get(), &stays);
        return code == 0 ? Result<void>{}
                         : git_failure(code, "leave out " + quoted(committed->path));
    }

    // What is in the repository already needs no protection from it.
    [[nodiscard]] bool was_large(const git_diff_file* committed) const {
        Database database;
        std::size_t size = 0;
        git_object_t kind{};
        return committed != nullptr && git_repository_odb(into(database), repository_) == 0 &&
               git_odb_read_header(&size, &kind, database.get(), &committed->id) == 0 &&
               size > largest_file;
    }

    [[nodiscard]] bool was_key(const git_diff_file* committed) const {
        Blob blob;
        return committed != nullptr &&
               git_blob_lookup(into(blob), repository_, &committed->id) == 0 &&
               is_private_key(std::string_view(
                   static_cast<const char*>(git_blob_rawcontent(blob.get())),
                   std::min<std::size_t>(git_blob_rawsize(blob.get()), head_of_file)));
    }

    Result<bool> is_left_out(const std::string& path, const git_diff_file* committed) {
        const bool is_new = committed == nullptr;
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
        if (there.kind != system::Kind::file) {
            return false;
        }
        if (there.size > largest_file && !was_large(committed)) {
            left_out_.large.push_back(path);
            return true;
        }
        ENVKEEP_TRY(const std::string head, work_.local.files.read_head(place, head_of_file));
        if (is_private_key(head) && !was_key(committed)) {
            (is_new ? left_out_.keys : left_out_.tracked_keys).push_back(path);
            return true;
        }
        if (is_new && is_named_as_secret(below)) {
            left_out_.secrets.push_back(path);
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
        .fix = {
            .commands = {fmt::format("printf '\\n[user]\\n\\tname = %s\\n\\temail = %s\\n' 'Your "
                                     "Name' you@example.com >> {}",
                                     shell_quoted(work.local.home + "/.gitconfig"))},
            .text = "with your own name and address; 'envkeep adopt ~/.gitconfig' keeps it"}});
}

Result<bool> commit_all(Work& work, git_repository* repository, const std::string& message) {
    Signature author;
    Staging staging(work, repository);
    ENVKEEP_CHECK(staging.all());
    tell_keys(work, staging.left_out());
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

// SPDX-License-Identifier: MIT
#include "git/lfs.hpp"

#include "envkeep/core/rel_path.hpp"
#include "envkeep/core/text.hpp"
#include "git/fetch.hpp"
#include "git/open_copy.hpp"
#include "git/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace envkeep::git {
namespace {

constexpr std::size_t largest_attributes = 1U << 20U;
constexpr std::uint32_t largest_pointer = 1024;
constexpr std::string_view pointer_begin = "version https://git-lfs.";

using Walk = Handle<git_revwalk, git_revwalk_free>;
using TreeEntry = Handle<git_tree_entry, git_tree_entry_free>;

bool asks_for_lfs(git_repository* repository, const git_index_entry& entry) {
    const std::string_view path = entry.path;
    if (path != ".gitattributes" && !path.ends_with("/.gitattributes")) {
        return false;
    }
    Blob blob;
    if (git_blob_lookup(into(blob), repository, &entry.id) != 0) {
        return false;
    }
    const std::string_view text(static_cast<const char*>(git_blob_rawcontent(blob.get())),
                                git_blob_rawsize(blob.get()));
    return text.size() <= largest_attributes && text.find("filter=lfs") != std::string_view::npos;
}

bool asks_for_lfs(git_repository* repository, git_index* index) {
    for (std::size_t i = 0; i < git_index_entrycount(index); ++i) {
        if (asks_for_lfs(repository, *git_index_get_byindex(index, i))) {
            return true;
        }
    }
    return false;
}

bool is_pointer(const git_index_entry& entry, system::RootId root, system::FileReader& files) {
    const auto path = RelPath::parse(entry.path);
    if (!path) {
        return false;
    }
    const system::Place place{.root = root, .path = *path};
    const auto there = files.status(place);
    const auto head = there && there->kind == system::Kind::file
                          ? files.read_head(place, pointer_begin.size())
                          : Result<std::string>(std::string());
    return head && *head == pointer_begin;
}

bool is_pointer(git_repository* repository, const git_diff_file& file) {
    Blob blob;
    if (git_blob_lookup(into(blob), repository, &file.id) != 0) {
        return false;
    }
    const std::string_view text(static_cast<const char*>(git_blob_rawcontent(blob.get())),
                                git_blob_rawsize(blob.get()));
    return text.size() <= largest_pointer && text.starts_with(pointer_begin);
}

bool has_file(const Tree& tree, const git_diff_file& file) {
    TreeEntry there;
    return git_tree_entry_bypath(into(there), tree.get(), file.path) == 0 &&
           git_oid_equal(git_tree_entry_id(there.get()), &file.id) != 0;
}

// What one commit adds: nothing that one of its parents has.
Result<void> add_pointers(git_repository* repository,
                          const git_oid& id,
                          std::vector<std::string>& paths) {
    ENVKEEP_TRY(const Commit commit, commit_of(repository, id));
    std::vector<Tree> before;
    for (unsigned i = 0; i < git_commit_parentcount(commit.get()); ++i) {
        ENVKEEP_TRY(Tree tree, tree_of(repository, *git_commit_parent_id(commit.get(), i)));
        before.push_back(std::move(tree));
    }
    ENVKEEP_TRY(const Tree after, tree_of(repository, id));
    Diff diff;
    int code = git_diff_tree_to_tree(into(diff),
                                     repository,
                                     before.empty() ? nullptr : before.front().get(),
                                     after.get(),
                                     nullptr);
    if (code == 0) {
        code = git_diff_find_similar(diff.get(), nullptr);  // what only moved is there already
    }
    if (code != 0) {
        return git_failure(code, "compare two commits");
    }
    for (std::size_t i = 0; i < git_diff_num_deltas(diff.get()); ++i) {
        const git_diff_delta& delta = *git_diff_get_delta(diff.get(), i);
        const git_diff_file& file = delta.new_file;
        if (git_oid_equal(&delta.old_file.id, &file.id) == 0 && is_of_lfs(repository, file.path) &&
            is_pointer(repository, file) &&
            std::ranges::none_of(before, [&](const Tree& tree) { return has_file(tree, file); })) {
            paths.emplace_back(file.path);
        }
    }
    return {};
}

Result<std::vector<std::string>> pointers_to_send(git_repository* repository,
                                                  git_remote* remote,
                                                  const std::string& branch) {
    std::vector<std::string> paths;
    Walk walk;
    int code = git_revwalk_new(into(walk), repository);
    if (code == 0) {
        code = git_revwalk_push_ref(walk.get(), branch.c_str());
    }
    if (code == 0) {
        code = git_revwalk_hide_glob(walk.get(), (tracking_name(remote, "") + "*").c_str());
    }
    git_oid id;
    while (code == 0 && (code = git_revwalk_next(&id, walk.get())) == 0) {
        ENVKEEP_CHECK(add_pointers(repository, id, paths));
    }
    if (code != GIT_ITEROVER) {
        return git_failure(code, "read own commits");
    }
    std::ranges::sort(paths);
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
    return paths;
}

}  // namespace

void tell_of_lfs(Work& work, git_repository* repository) {
    Index index;
    const auto root = work.local.files.open_root(git_repository_workdir(repository));
    if (!root || git_repository_index(into(index), repository) != 0 ||
        !asks_for_lfs(repository, index.get())) {
        return;
    }
    std::vector<std::string> pointers;
    for (std::size_t i = 0; i < git_index_entrycount(index.get()); ++i) {
        const git_index_entry& entry = *git_index_get_byindex(index.get(), i);
        if (entry.file_size <= largest_pointer && is_of_lfs(repository, std::string(entry.path)) &&
            is_pointer(entry, *root, work.local.files)) {
            pointers.emplace_back(entry.path);
        }
    }
    if (!pointers.empty()) {
        work.tell(model::Finding{
            .id = "git-lfs-not-supported",
            .severity = model::Severity::warning,
            .subject = work.wish.subject,
            .title = "files of it lie in git-lfs: what came of them are pointers",
            .evidence = some_of(pointers),
            .fix = {.commands = {git_command(work.wish.folder, "lfs install --local"),
                                 git_command(work.wish.folder, "lfs pull")},
                    .text = "with git and git-lfs installed"}});
    }
}

bool is_of_lfs(git_repository* repository, const std::string& path) {
    const char* value = nullptr;
    return git_attr_get(&value, repository, 0, path.c_str(), "filter") == 0 &&
           git_attr_value(value) == GIT_ATTR_VALUE_STRING && std::string_view(value) == "lfs";
}

Result<bool> is_held_up_by_lfs(Work& work,
                               git_repository* repository,
                               git_remote* remote,
                               const std::string& branch) {
    Index index;
    if (git_repository_index(into(index), repository) != 0 ||
        !asks_for_lfs(repository, index.get())) {
        return false;
    }
    ENVKEEP_TRY(const std::vector<std::string> paths, pointers_to_send(repository, remote, branch));
    if (paths.empty()) {
        return false;
    }
    work.tell(model::Finding{
        .id = "git-lfs-not-sent",
        .severity = model::Severity::warning,
        .subject = work.wish.subject,
        .title = "own commits hold files of git-lfs, whose content git-lfs alone sends: nothing "
                 "was pushed",
        .evidence = some_of(paths),
        .fix = {.commands = {git_command(work.wish.folder, "lfs install --local"),
                             git_command(work.wish.folder,
                                         fmt::format("push {} HEAD",
                                                     shell_quoted(git_remote_name(remote))))},
                .text = "with git and git-lfs installed: its hook sends the content first"}});
    return true;
}

}  // namespace envkeep::git

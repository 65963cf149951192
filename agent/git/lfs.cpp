// SPDX-License-Identifier: MIT
#include "git/lfs.hpp"

#include "envkeep/core/rel_path.hpp"
#include "git/open_copy.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::git {
namespace {

constexpr std::size_t largest_attributes = 1U << 20U;
constexpr std::uint32_t largest_pointer = 1024;

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

bool is_of_lfs(git_repository* repository, const git_index_entry& entry) {
    const char* value = nullptr;
    return git_attr_get(&value, repository, 0, entry.path, "filter") == 0 &&
           git_attr_value(value) == GIT_ATTR_VALUE_STRING && std::string_view(value) == "lfs";
}

bool is_pointer(const git_index_entry& entry, system::RootId root, system::FileReader& files) {
    constexpr std::string_view first_words = "version https://git-lfs.";
    const auto path = RelPath::parse(entry.path);
    if (!path) {
        return false;
    }
    const system::Place place{.root = root, .path = *path};
    const auto there = files.status(place);
    const auto head = there && there->kind == system::Kind::file
                          ? files.read_head(place, first_words.size())
                          : Result<std::string>(std::string());
    return head && *head == first_words;
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
        if (entry.file_size <= largest_pointer && is_of_lfs(repository, entry) &&
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

}  // namespace envkeep::git

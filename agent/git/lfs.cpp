// SPDX-License-Identifier: MIT
#include "git/lfs.hpp"

#include "git/open_copy.hpp"

#include <string_view>

namespace envkeep::git {
namespace {

constexpr std::size_t largest_attributes = 1U << 20U;

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

}  // namespace

void tell_of_lfs(Work& work, git_repository* repository) {
    Index index;
    if (git_repository_index(into(index), repository) != 0) {
        return;
    }
    for (std::size_t i = 0; i < git_index_entrycount(index.get()); ++i) {
        const git_index_entry& entry = *git_index_get_byindex(index.get(), i);
        if (asks_for_lfs(repository, entry)) {
            work.tell(model::Finding{
                .id = "git-lfs-not-supported",
                .severity = model::Severity::warning,
                .subject = work.wish.subject,
                .title = "files of it lie in git-lfs: what came of them are pointers",
                .evidence = {std::string(entry.path) + " names them"},
                .fix = {.commands = {git_command(work.wish.folder, "lfs pull")},
                        .text = "with git and git-lfs installed"}});
            return;
        }
    }
}

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "git/move.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace envkeep::git {
namespace {

constexpr std::size_t most_entries = 2'000'000;
constexpr int deepest_tree = 200;
constexpr std::uint64_t kept_free = 16ULL << 20U;

struct Sum {
    git_odb* database = nullptr;
    std::uint64_t bytes = 0;
    std::size_t entries = 0;
};

// By the headers of the objects alone, and only what `old` has not. A small repository can name a
// file many millions of times.
// NOLINTNEXTLINE(readability-function-cognitive-complexity): one walk, two kinds of entries
Result<void> add(
    git_repository* repository, const git_tree* tree, const git_tree* old, int depth, Sum& sum) {
    const std::size_t count = git_tree_entrycount(tree);
    sum.entries += count;
    if (sum.entries > most_entries || depth == 0) {
        return failure(ErrorKind::unsupported,
                       fmt::format("it has more than {} files, or folders more than {} deep",
                                   most_entries,
                                   deepest_tree),
                       "such a repository is made to fill disks: look at where it comes from");
    }
    for (std::size_t i = 0; i < count; ++i) {
        const git_tree_entry* const entry = git_tree_entry_byindex(tree, i);
        const git_oid* const id = git_tree_entry_id(entry);
        const git_tree_entry* const before =
            old == nullptr ? nullptr : git_tree_entry_byname(old, git_tree_entry_name(entry));
        if (before != nullptr && git_oid_equal(git_tree_entry_id(before), id) != 0) {
            continue;
        }
        if (git_tree_entry_type(entry) == GIT_OBJECT_TREE) {
            Tree below;
            Tree old_below;
            if (const int code = git_tree_lookup(into(below), repository, id); code != 0) {
                return git_failure(code, "read a folder of the commit");
            }
            if (before != nullptr && git_tree_entry_type(before) == GIT_OBJECT_TREE) {
                (void)git_tree_lookup(into(old_below), repository, git_tree_entry_id(before));
            }
            ENVKEEP_CHECK(add(repository, below.get(), old_below.get(), depth - 1, sum));
        } else if (git_tree_entry_type(entry) == GIT_OBJECT_BLOB) {
            std::size_t size = 0;
            git_object_t type = GIT_OBJECT_INVALID;
            if (const int code = git_odb_read_header(&size, &type, sum.database, id); code != 0) {
                return git_failure(code, "read a file of the commit");
            }
            sum.bytes += size;
        }
    }
    return {};
}

}  // namespace

Result<void> check_room(git_repository* repository,
                        const Move& move,
                        const std::string& folder,
                        system::FileReader& files) {
    ENVKEEP_TRY(const Tree tree, tree_of(repository, move.to));
    Tree old;
    if (move.from) {
        ENVKEEP_TRY(old, tree_of(repository, *move.from));
    }
    Database database;
    if (const int code = git_repository_odb(into(database), repository); code != 0) {
        return git_failure(code, "open the objects");
    }
    Sum sum{.database = database.get()};
    ENVKEEP_CHECK(add(repository, tree.get(), old.get(), deepest_tree, sum));
    ENVKEEP_TRY(const system::RootId root, files.open_root(folder));
    ENVKEEP_TRY(const system::Space space, files.space(root));
    if (sum.bytes + kept_free > space.free) {
        return failure(ErrorKind::no_space,
                       fmt::format("the files to come take {}, and {} are free at {}",
                                   human_size(sum.bytes),
                                   human_size(space.free),
                                   quoted(folder)),
                       "make room there, or take another folder");
    }
    return {};
}

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#include "envkeep/core/rel_path.hpp"
#include "envkeep/core/text.hpp"
#include "git/home_repository.hpp"
#include "git/remote_callbacks.hpp"
#include "git/state.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

namespace envkeep::git {
namespace {

// Only for its user, as the home's are: what the home guards must not be open in the store.
constexpr std::uint32_t folder_mode = 0700;

// What told git where the home is, and which of its files not to show. A sparse checkout has them
// in a file of their own.
Result<void> make_plain(const std::string& git_folder, const LocalAccess& local) {
    constexpr std::array<const char*, 4> names{"core.worktree",
                                               "core.sparsecheckout",
                                               "core.sparsecheckoutcone",
                                               "status.showuntrackedfiles"};
    for (const std::string_view name : {"/config", "/config.worktree"}) {
        const std::string file = git_folder + std::string(name);
        const auto there = local.files.follow(file);
        if (!there || there->kind != system::Kind::file) {
            continue;
        }
        Config config;
        int code = git_config_open_ondisk(into(config), file.c_str());
        for (const char* const key : names) {
            if (code == 0) {
                code = git_config_delete_entry(config.get(), key);
                code = code == GIT_ENOTFOUND ? 0 : code;
            }
        }
        if (code == 0) {
            code = git_config_set_bool(config.get(), "core.bare", 0);
        }
        if (code != 0) {
            return git_failure(code, "set up " + quoted(file));
        }
    }
    return {};
}

// `git clone --bare` notes no branches of the remote.
Result<void> follow_remote(git_repository* repository, const HomeRepository& from) {
    Config config;
    int code = git_repository_config(into(config), repository);
    const std::string branch = "branch." + from.branch;
    const std::array<std::pair<std::string, std::string>, 3> wanted{
        {{"remote." + from.remote + ".fetch",
          fmt::format("+refs/heads/*:refs/remotes/{}/*", from.remote)},
         {branch + ".remote", from.remote},
         {branch + ".merge", "refs/heads/" + from.branch}}};
    for (const auto& [name, value] : wanted) {
        Buffer there;
        if (code == 0 &&
            git_config_get_string_buf(there.get(), config.get(), name.c_str()) == GIT_ENOTFOUND) {
            code = git_config_set_string(config.get(), name.c_str(), value.c_str());
        }
    }
    return code == 0 ? Result<void>{} : git_failure(code, "set the branch to follow");
}

class Copying {
  public:
    Copying(const HomeRepository& from, const system::Place& target, const LocalAccess& local)
        : from_(from), target_(target), local_(local) {}

    Result<void> all() {
        ENVKEEP_CHECK(local_.writer.make_folders(target_, folder_mode));
        const std::size_t slash = from_.folder.rfind('/');
        ENVKEEP_TRY(const system::RootId above,
                    local_.files.open_root(from_.folder.substr(0, slash)));
        const system::Place own{.root = above,
                                .path = RelPath().child(from_.folder.substr(slash + 1))};
        ENVKEEP_CHECK(
            local_.writer.copy(own, target_.child(".git"), {.folder_bound = folder_mode}, {}));
        const std::string folder = local_.files.absolute(target_);
        ENVKEEP_CHECK(make_plain(folder + "/.git", local_));
        ENVKEEP_TRY(home_, local_.files.open_root(local_.home));
        Repository repository;
        int code = git_repository_open_ext(
            into(repository), folder.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
        if (code != 0) {
            return git_failure(code, "open the copy");
        }
        ENVKEEP_TRY(const Index index, tracked_in(repository.get()));
        ENVKEEP_CHECK(copy_files(index.get()));
        code = git_index_write(index.get());
        if (code == 0 && !missing_.empty()) {
            code = check_out_missing(repository.get(), index.get());
        }
        if (code != 0) {
            return git_failure(code, "write the files of the copy");
        }
        return follow_remote(repository.get(), from_);
    }

  private:
    Result<void> copy_files(git_index* index) {
        for (std::size_t i = 0; i < git_index_entrycount(index); ++i) {
            git_index_entry entry = *git_index_get_byindex(index, i);
            ENVKEEP_TRY(const RelPath path, RelPath::parse(entry.path));
            ENVKEEP_CHECK(copy_one(entry, path));
            if ((entry.flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE) != 0) {
                entry.flags_extended &= static_cast<std::uint16_t>(~GIT_INDEX_ENTRY_SKIP_WORKTREE);
                if (const int code = git_index_add(index, &entry); code != 0) {
                    return git_failure(code, "take the files that were left out");
                }
            }
        }
        return {};
    }

    Result<void> copy_one(const git_index_entry& entry, const RelPath& path) {
        const std::string text = path.text();
        const system::Place place{.root = target_.root, .path = target_.path.joined(path)};
        if (entry.mode == GIT_FILEMODE_COMMIT) {
            return local_.writer.make_folders(place, folder_mode);
        }
        const system::Place there{.root = home_, .path = path};
        if (!is_in_home(there, entry, local_.files)) {
            missing_.push_back(text);
            return {};
        }
        ENVKEEP_CHECK(local_.writer.make_folders(place.parent(), folder_mode));
        return local_.writer.copy(there, place, {}, {}).map([](const system::CopyReport&) {});
    }

    int check_out_missing(git_repository* repository, git_index* index) {
        std::vector<char*> paths;
        for (std::string& path : missing_) {
            paths.push_back(path.data());
        }
        git_checkout_options options = GIT_CHECKOUT_OPTIONS_INIT;
        options.checkout_strategy =
            GIT_CHECKOUT_SAFE | GIT_CHECKOUT_RECREATE_MISSING | GIT_CHECKOUT_DISABLE_PATHSPEC_MATCH;
        options.dir_mode = folder_mode;
        options.paths = {.strings = paths.data(), .count = paths.size()};
        return git_checkout_index(repository, index, &options);
    }

    const HomeRepository& from_;
    const system::Place& target_;
    const LocalAccess& local_;
    system::RootId home_;
    std::vector<std::string> missing_;
};

}  // namespace

Result<void> copy_home_repository(const HomeRepository& repository,
                                  const system::Place& target,
                                  const LocalAccess& local) {
    const LibGit library(local.home);
    if (!library.is_started()) {
        return failure(ErrorKind::unsupported, "libgit2 does not start");
    }
    ENVKEEP_TRY(const system::Status there, local.files.status(target));
    if (there.kind != system::Kind::absent) {
        return failure(ErrorKind::already_exists,
                       quoted(local.files.absolute(target)) + " is there already");
    }
    Result<void> copied = Copying(repository, target, local).all();
    if (!copied && !local.writer.remove_own_tree(target)) {
        copied.error().message +=
            "; what was copied so far is left in " + quoted(local.files.absolute(target));
    }
    return copied;
}

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#include "git/home_repository.hpp"

#include "envkeep/core/rel_path.hpp"
#include "envkeep/core/text.hpp"
#include "git/locks.hpp"
#include "git/open_copy.hpp"
#include "git/remote_callbacks.hpp"
#include "git/state.hpp"
#include "git/url_secret.hpp"
#include "git/work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace envkeep::git {
namespace {

using system::Kind;

constexpr std::string_view branch_names = "refs/heads/";

Kind kind_of(const std::string& path, const LocalAccess& local) {
    const auto there = local.files.follow(path);
    return there ? there->kind : Kind::absent;
}

std::string own_git(const std::string& folder, std::string_view words) {
    return fmt::format("git --git-dir={} {}", shell_quoted(folder), words);
}

std::string text_in(git_config* config, const std::string& name) {
    Buffer text;
    return git_config_get_string_buf(text.get(), config, name.c_str()) == 0 ? text.text()
                                                                            : std::string();
}

Result<void> check_kind(const std::string& folder, const LocalAccess& local) {
    const auto there = local.files.follow(folder);
    if (there && there->uid != local.machine.effective_uid()) {
        return failure(ErrorKind::permission_denied,
                       fmt::format("repository {} belongs to uid {}, and this is uid {}",
                                   quoted(folder),
                                   there->uid,
                                   local.machine.effective_uid()),
                       "clone it, or 'chown -R' it if it is yours");
    }
    for (const std::string_view name : {"HEAD", "config", "index", "logs", "objects", "refs"}) {
        ENVKEEP_TRY(const system::RootId root, local.files.open_root(folder));
        const auto one = local.files.status({.root = root, .path = RelPath().child(name)});
        if (one && one->kind == Kind::link) {
            return failure(ErrorKind::usage,
                           fmt::format("{} of {} is a link to another place", name, quoted(folder)),
                           "a copy would have the link and not what it leads to: clone it");
        }
    }
    if (kind_of(folder + "/commondir", local) != Kind::absent) {
        return failure(ErrorKind::usage,
                       fmt::format("{} is a worktree of another repository", quoted(folder)),
                       "name the folder of that repository");
    }
    if (kind_of(folder + "/objects/info/alternates", local) != Kind::absent) {
        return failure(ErrorKind::usage,
                       fmt::format("{} borrows objects of another repository", quoted(folder)),
                       own_git(folder, "repack -a -d") + " && rm " +
                           shell_quoted(folder + "/objects/info/alternates"));
    }
    return {};
}

// A repository of a project in the home is none of the home.
Result<void> check_work_tree(git_config* config,
                             const std::string& folder,
                             const LocalAccess& local) {
    std::string work_tree = text_in(config, "core.worktree");
    if (work_tree.empty() && folder.ends_with("/.git")) {
        work_tree = folder.substr(0, folder.size() - 5);
    } else if (work_tree.empty()) {
        return {};  // bare: `--work-tree` says it each time
    } else if (!work_tree.starts_with('/')) {
        work_tree = folder + "/" + work_tree;
    }
    const auto real = local.machine.real_path(work_tree.empty() ? "/" : work_tree);
    const auto home = local.machine.real_path(local.home);
    if (real && home && *real == *home) {
        return {};
    }
    return failure(ErrorKind::usage,
                   fmt::format("the files of repository {} are in {}, not in this home",
                               quoted(folder),
                               quoted(work_tree)),
                   "name it under 'repos:' in the manifest instead");
}

Result<void> check_rest(git_repository* repository,
                        const std::string& folder,
                        const LocalAccess& local) {
    if (const std::vector<Lock> locks = locks_of(repository, local.files); !locks.empty()) {
        return failure(ErrorKind::conflict,
                       fmt::format("a git works in {}, or was killed there: {}",
                                   quoted(folder),
                                   told(locks.front(), local.machine.now())),
                       fmt::format("when no git works there any more: rm {}",
                                   shell_quoted(locks.front().path)));
    }
    if (const std::string unfinished = unfinished_of(repository); !unfinished.empty()) {
        return failure(
            ErrorKind::conflict,
            fmt::format("a {} was begun in {} and not ended", unfinished, quoted(folder)),
            fmt::format("end it, or: git -C {1} --git-dir={0} --work-tree={1} {2}",
                        shell_quoted(folder),
                        shell_quoted(local.home),
                        words_that_give_up(repository)));
    }
    if (!branch_of_head(repository).starts_with(branch_names)) {
        return failure(ErrorKind::conflict,
                       fmt::format("repository {} stands at no branch", quoted(folder)),
                       own_git(folder, "symbolic-ref HEAD refs/heads/main") +
                           ", or another branch that has what you want");
    }
    if (!commit_at(repository, "HEAD")) {
        return failure(ErrorKind::conflict,
                       fmt::format("nothing is committed in {}", quoted(folder)),
                       "commit first");
    }
    return {};
}

// The configuration is copied as a whole; of a remote we can say how it is taken out.
Result<void> check_secrets(git_config* config,
                           const std::string& remote,
                           const std::string& folder) {
    for (const std::string_view option : {"", "--push "}) {
        const std::string key = option.empty() ? ".url" : ".pushurl";
        if (const auto plain = without_secret(text_in(config, "remote." + remote + key))) {
            return failure(
                ErrorKind::conflict,
                fmt::format("the URL of the remote {} of {} holds a password or a token",
                            quoted(remote),
                            quoted(folder)),
                fmt::format("all who share the store could read it there. Take it out: {}; then "
                            "put the token into ~/.git-credentials, or into a variable that "
                            "'token:' names",
                            own_git(folder,
                                    fmt::format("remote set-url {}{} {}",
                                                option,
                                                shell_quoted(remote),
                                                shell_quoted(*plain)))));
        }
    }
    return {};
}

// The one that the branch follows, else `origin`, else the only one.
Result<void> find_remote(git_repository* repository, git_config* config, HomeRepository& found) {
    std::vector<std::string> names;
    git_strarray list{};
    if (git_remote_list(&list, repository) == 0) {
        for (const char* const name : std::span(list.strings, list.count)) {
            names.emplace_back(name);
        }
        git_strarray_dispose(&list);
    }
    const std::string followed = text_in(config, "branch." + found.branch + ".remote");
    for (const std::string& name : {followed, std::string("origin")}) {
        if (found.remote.empty() && std::ranges::find(names, name) != names.end()) {
            found.remote = name;
        }
    }
    if (found.remote.empty() && names.size() == 1) {
        found.remote = names.front();
    }
    found.url = text_in(config, "remote." + found.remote + ".url");
    for (const std::string& name : names) {
        ENVKEEP_CHECK(check_secrets(config, name, found.folder));
    }
    if (const auto setting = setting_with_secret(config)) {
        return failure(ErrorKind::conflict,
                       fmt::format("{} in the configuration of {} holds a password or a token",
                                   *setting,
                                   quoted(found.folder)),
                       "all who share the store could read it there. Take it out: " +
                           own_git(found.folder, "config --edit"));
    }
    if (!found.url.empty()) {
        return {};
    }
    return failure(ErrorKind::conflict,
                   fmt::format("repository {} has no remote from which other sessions could get it",
                               quoted(found.folder)),
                   fmt::format("give it one, which may be a bare repository on the storage: {}",
                               own_git(found.folder, "remote add origin URL")));
}

// Tracked paths by what about them a user has to know.
class LeftOut {
  public:
    void add(const std::string& path) {
        const std::string top = path.substr(0, path.find('/'));
        if (path.find("##") != std::string::npos) {
            take(Why::alternate, path);
        } else if (path.ends_with("yadm/archive") || path.ends_with(".yadm/files.gpg")) {
            take(Why::encrypted, path);
        } else if (path.ends_with("yadm/bootstrap") ||
                   path.find("yadm/hooks/") != std::string::npos) {
            take(Why::program, path);
        } else if (!top.starts_with('.') && !top.starts_with("README") &&
                   !top.starts_with("LICENSE")) {
            take(Why::no_dot, top);
        }
    }

    void add_submodule(const std::string& path) { take(Why::submodule, path); }

    void add_missing(const std::string& path) { take(Why::missing, path); }

    void add_program(const std::string& path) { take(Why::program, path); }

    void add_encrypted(const std::string& path) { take(Why::encrypted, path); }

    void tell(std::vector<model::Finding>& findings) const {
        model::Finding finding{
            .id = "import-left-out",
            .severity = model::Severity::warning,
            .subject = "dotfiles",
            .title = "some of the repository needs a word of yours",
            .fix = {.text = "docs/dotfiles.md says what takes the place of each"}};
        for (std::size_t why = 0; why < names_.size(); ++why) {
            if (!names_.at(why).empty()) {
                std::string line(reasons.at(why));
                for (const std::string& name : some_of(names_.at(why))) {
                    line += (line.ends_with(": ") ? "" : ", ") + printable(name);
                }
                finding.evidence.push_back(std::move(line));
            }
        }
        if (!finding.evidence.empty()) {
            findings.push_back(std::move(finding));
        }
    }

  private:
    enum class Why { alternate, encrypted, program, submodule, no_dot, missing, count };

    static constexpr std::array<std::string_view, 6> reasons{
        "alternates of yadm, linked by these very names (map the one that you want in 'link:'): ",
        "encrypted by yadm, and not decrypted here: ",
        "never run: ",
        "submodules, brought by 'submodules: true' alone: ",
        "not linked by 'link: auto', for there is no dot before the name: ",
        "not in this home as a file, taken as committed (or 'ignore:' them): ",
    };

    void take(Why why, const std::string& name) {
        std::vector<std::string>& names = names_.at(static_cast<std::size_t>(why));
        if (names.empty() || names.back() != name) {  // they come sorted
            names.push_back(name);
        }
    }

    std::array<std::vector<std::string>, static_cast<std::size_t>(Why::count)> names_;
};

// What yadm has beside its repository without tracking it, and the hooks of git.
void add_what_is_beside(const HomeRepository& found, const LocalAccess& local, LeftOut& left_out) {
    const auto is_untracked = [&](const std::string& path) {
        return !std::ranges::binary_search(found.tracked, path) &&
               kind_of(local.home + "/" + path, local) == Kind::file;
    };
    for (const char* const path : {".local/share/yadm/archive", ".yadm/files.gpg"}) {
        if (is_untracked(path)) {
            left_out.add_encrypted(path);
        }
    }
    for (const char* const path : {".config/yadm/bootstrap", ".yadm/bootstrap"}) {
        if (is_untracked(path)) {
            left_out.add_program(path);
        }
    }
    const auto root = local.files.open_root(found.folder + "/hooks");
    const auto hooks = root ? local.files.list({.root = *root, .path = {}})
                            : Result<std::vector<system::Entry>>(std::vector<system::Entry>());
    for (const system::Entry& hook : hooks ? *hooks : std::vector<system::Entry>()) {
        if (!hook.name.ends_with(".sample")) {
            left_out.add_program(found.folder + "/hooks/" + hook.name);
        }
    }
}

Result<void> look_at_files(git_repository* repository,
                           const LocalAccess& local,
                           HomeRepository& found) {
    ENVKEEP_TRY(const Index index, tracked_in(repository));
    ENVKEEP_TRY(const system::RootId home, local.files.open_root(local.home));
    LeftOut left_out;
    for (std::size_t i = 0; i < git_index_entrycount(index.get()); ++i) {
        const git_index_entry& entry = *git_index_get_byindex(index.get(), i);
        if (git_index_entry_stage(&entry) != 0) {
            return failure(ErrorKind::conflict,
                           fmt::format("{} is not merged yet", quoted(entry.path)),
                           "end the merge first");
        }
        ENVKEEP_TRY(const RelPath path, RelPath::parse(entry.path));
        if (entry.mode == GIT_FILEMODE_COMMIT) {
            left_out.add_submodule(entry.path);
            continue;
        }
        found.tracked.emplace_back(entry.path);
        left_out.add(entry.path);
        if (!is_in_home({.root = home, .path = path}, entry, local.files)) {
            left_out.add_missing(entry.path);
        }
    }
    add_what_is_beside(found, local, left_out);
    left_out.tell(found.findings);
    return {};
}

}  // namespace

Result<Repository> open_home_repository(const std::string& folder) {
    Repository repository;
    const int code =
        git_repository_open_ext(into(repository),
                                folder.c_str(),
                                GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_BARE,
                                nullptr);
    if (code != 0) {
        return git_failure(code, "open the repository " + quoted(folder));
    }
    return repository;
}

Result<Index> tracked_in(git_repository* repository) {
    Index index;
    if (const int code = git_repository_index(into(index), repository); code != 0) {
        return git_failure(code, "read the index");
    }
    const std::optional<git_oid> head = commit_at(repository, "HEAD");
    if (git_index_entrycount(index.get()) == 0 && head) {
        ENVKEEP_TRY(const Tree tree, tree_of(repository, *head));
        if (const int code = git_index_read_tree(index.get(), tree.get()); code != 0) {
            return git_failure(code, "read what is committed");
        }
    }
    return index;
}

bool is_in_home(const system::Place& place,
                const git_index_entry& entry,
                system::FileReader& files) {
    const auto there = files.status(place);
    return there && (there->kind == Kind::file ||
                     (there->kind == Kind::link && entry.mode == GIT_FILEMODE_LINK));
}

std::optional<std::string> home_repository_at(const std::string& path, const LocalAccess& local) {
    std::string folder = path;
    while (folder.size() > 1 && folder.ends_with('/')) {
        folder.pop_back();
    }
    for (const std::string& one : {folder, folder + "/.git"}) {
        const bool may_be = one == folder || folder == local.home;
        if (may_be && kind_of(one + "/HEAD", local) == Kind::file &&
            kind_of(one + "/objects", local) == Kind::folder &&
            kind_of(one + "/refs", local) == Kind::folder) {
            return one;
        }
    }
    return std::nullopt;
}

Result<HomeRepository> look_at_home_repository(const std::string& folder,
                                               const LocalAccess& local) {
    const LibGit library(local.home);
    if (!library.is_started()) {
        return failure(ErrorKind::unsupported, "libgit2 does not start");
    }
    ENVKEEP_CHECK(check_kind(folder, local));
    ENVKEEP_TRY(const Repository repository, open_home_repository(folder));
    Config config;
    if (const int code = git_repository_config_snapshot(into(config), repository.get());
        code != 0) {
        return git_failure(code, "read the configuration of " + quoted(folder));
    }
    ENVKEEP_CHECK(check_work_tree(config.get(), folder, local));
    ENVKEEP_CHECK(check_rest(repository.get(), folder, local));
    HomeRepository found{.folder = folder,
                         .branch = branch_of_head(repository.get()).substr(branch_names.size())};
    ENVKEEP_CHECK(find_remote(repository.get(), config.get(), found));
    ENVKEEP_CHECK(look_at_files(repository.get(), local, found));
    return found;
}

}  // namespace envkeep::git

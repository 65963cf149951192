// SPDX-License-Identifier: MIT
#include "git/open_copy.hpp"

#include "envkeep/core/rel_path.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

namespace envkeep::git {
namespace {

struct Question {
    std::string_view folder;
    bool is_trusted = false;
};

// git's own list of folders that may belong to others: an empty value empties it.
bool is_named_safe(const std::string& folder) {
    Config config;
    if (git_config_open_default(into(config)) != 0) {
        return false;
    }
    Question question{.folder = folder};
    const auto look = [](const git_config_entry* entry, void* payload) {
        auto& asked = *static_cast<Question*>(payload);
        std::string_view value = entry->value == nullptr ? "" : entry->value;
        if (value.size() > 1 && value.ends_with('/')) {
            value.remove_suffix(1);
        }
        asked.is_trusted =
            !value.empty() && (asked.is_trusted || value == "*" || value == asked.folder ||
                               (value.ends_with("/*") &&
                                is_path_within(asked.folder, value.substr(0, value.size() - 2))));
        return 0;
    };
    git_config_get_multivar_foreach(config.get(), "safe.directory", nullptr, look, &question);
    return question.is_trusted;
}

// Whoever owns a repository can have its user's programs run, by its configuration: git's rule.
void judge_owner(const std::string& folder, const LocalAccess& local, Opened& opened) {
    const std::uint32_t we = local.machine.effective_uid();
    for (const std::string& path :
         {folder, std::string(git_repository_path(opened.repository.get()))}) {
        const Result<system::Status> there = local.files.follow(path);
        if (there && there->uid == we) {
            continue;
        }
        if (is_named_safe(folder)) {
            return;
        }
        if (there && local.store_owner == there->uid) {
            opened.is_dubious = true;
            continue;
        }
        opened.standing = Standing::of_another;
        opened.why = there ? fmt::format("belongs to uid {}, and this is uid {}", there->uid, we)
                           : there.error().message;
        return;
    }
}

Opened what_is_no_repository(const std::string& folder, const LocalAccess& local) {
    const Result<system::RootId> root = local.files.open_root(folder);
    if (!root) {
        return {.standing = Standing::in_the_way, .repository = {}, .why = root.error().message};
    }
    const auto names = local.files.list({.root = *root, .path = {}});
    if (!names) {
        return {.standing = Standing::in_the_way, .repository = {}, .why = names.error().message};
    }
    if (names->empty()) {
        return {.standing = Standing::empty_folder, .repository = {}, .why = {}};
    }
    return {
        .standing = Standing::in_the_way,
        .repository = {},
        .why = fmt::format("holds {}, and no repository",
                           quoted(names->front().name) + (names->size() > 1 ? " and more" : ""))};
}

// Written by name, and git and libgit2 follow a link there to wherever it leads.
constexpr auto written_by_git = std::to_array<std::string_view>({"FETCH_HEAD",
                                                                 "HEAD",
                                                                 "ORIG_HEAD",
                                                                 "config",
                                                                 "index",
                                                                 "logs",
                                                                 "logs/HEAD",
                                                                 "logs/refs",
                                                                 "logs/refs/heads",
                                                                 "logs/refs/remotes",
                                                                 "packed-refs",
                                                                 "refs",
                                                                 "refs/heads",
                                                                 "refs/remotes",
                                                                 "refs/remotes/origin",
                                                                 "refs/tags"});

// Empty: there is none.
std::string link_in(const std::string& folder, const LocalAccess& local) {
    const Result<system::RootId> root = local.files.open_root(folder);
    for (const std::string_view name : written_by_git) {
        const Result<RelPath> path = RelPath::parse(name);
        const auto there = root && path ? local.files.status({.root = *root, .path = *path})
                                        : Result<system::Status>{};
        if (there && there->kind == system::Kind::link) {
            return folder + std::string(name);
        }
    }
    return {};
}

void judge_links(const LocalAccess& local, Opened& opened) {
    const std::string own = git_repository_path(opened.repository.get());
    const std::string common = git_repository_commondir(opened.repository.get());
    opened.link = link_in(own, local);
    if (opened.link.empty() && common != own) {
        opened.link = link_in(common, local);  // of a linked working tree
    }
    if (!opened.link.empty()) {
        opened.standing = Standing::unreadable;
        opened.why =
            fmt::format("{} is a link, and git would write to where it leads", quoted(opened.link));
    }
}

}  // namespace

Opened open_copy(const std::string& folder, const LocalAccess& local) {
    const Result<system::Status> there = local.files.follow(folder);
    if (!there) {
        return {.standing = Standing::in_the_way, .repository = {}, .why = there.error().message};
    }
    if (there->kind == system::Kind::absent) {
        return {};
    }
    if (there->kind != system::Kind::folder) {
        return {.standing = Standing::in_the_way, .repository = {}, .why = "is no folder"};
    }
    Opened opened{.standing = Standing::working_copy, .repository = {}, .why = {}};
    const int code = git_repository_open_ext(
        into(opened.repository), folder.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr);
    if (code != 0) {
        std::string words = last_words();
        if (const auto inside = local.files.follow(folder + "/.git");
            inside && inside->kind == system::Kind::absent) {
            return what_is_no_repository(folder, local);
        }
        opened.standing = Standing::unreadable;
        opened.why = std::move(words);
        return opened;
    }
    if (git_repository_is_bare(opened.repository.get()) != 0) {
        opened.standing = Standing::unreadable;
        opened.why = "is a bare repository: there is no working copy in it";
        return opened;
    }
    judge_owner(folder, local, opened);
    if (opened.standing == Standing::working_copy) {
        judge_links(local, opened);
    }
    return opened;
}

std::string git_command(const std::string& folder, std::string_view words) {
    return fmt::format("git -C {} {}", shell_quoted(folder), words);
}

std::string sync_command(const Wish& wish) {
    return "envkeep sync " + shell_quoted(wish.subject);
}

std::string push_command(const Wish& wish) {
    return "envkeep sync --push " + shell_quoted(wish.subject);
}

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#include "git/new_repository.hpp"

#include "envkeep/core/text.hpp"

#include <array>

namespace envkeep::git {
namespace {

bool lacks_something(git_repository* repository) {
    constexpr std::array names{"core.symlinks", "core.filemode"};
    Config config;
    if (git_repository_config_snapshot(into(config), repository) != 0) {
        return false;
    }
    bool lacks = false;
    for (const char* const name : names) {
        int is_there = 1;
        lacks = lacks || (git_config_get_bool(&is_there, config.get(), name) == 0 && is_there == 0);
    }
    return lacks;
}

}  // namespace

Result<Repository> new_repository(const std::string& path, git_repository_init_options& options) {
    Repository made;
    int code = git_repository_init_ext(into(made), path.c_str(), &options);
    // libgit2 takes a link or a mode that failed once for one that this file system never has, and
    // notes it: from then on links would be written as files. Asked again, it takes that back.
    if (code == 0 && lacks_something(made.get())) {
        options.flags &= ~static_cast<std::uint32_t>(GIT_REPOSITORY_INIT_NO_REINIT);
        code = git_repository_init_ext(into(made), path.c_str(), &options);
    }
    if (code != 0) {
        return git_failure(code, "make a repository in " + quoted(path));
    }
    return made;
}

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#include "envkeep/core/version.hpp"
#include "git/remote_callbacks.hpp"
#include "git/ssh_transport.hpp"

#include <fmt/format.h>
#include <git2/sys/transport.h>

namespace envkeep::git {
namespace {

// libgit2 keeps these for good, beyond its own shutdown.
bool register_ssh() {
    static const bool is_registered =
        git_transport_register("ssh", &make_ssh_transport, nullptr) == 0 &&
        git_transport_register("git+ssh", &make_ssh_transport, nullptr) == 0 &&
        git_transport_register("ssh+git", &make_ssh_transport, nullptr) == 0;
    return is_registered;
}

void name_ourselves() {
    git_libgit2_opts(GIT_OPT_SET_USER_AGENT, fmt::format("envkeep {}", version()).c_str());
}

void set_path(int level, const std::string& path) {
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path.c_str());
}

}  // namespace

LibGit::LibGit(const std::string& home) : status_(git_libgit2_init()) {
    if (status_ < 0) {
        return;
    }
    if (!register_ssh()) {
        git_libgit2_shutdown();
        status_ = GIT_ERROR;
        return;
    }
    set_path(GIT_CONFIG_LEVEL_GLOBAL, home);
    set_path(GIT_CONFIG_LEVEL_XDG, home.empty() ? home : home + "/.config/git");
    git_libgit2_opts(GIT_OPT_SET_HOMEDIR, home.c_str());
    git_libgit2_opts(GIT_OPT_SET_TEMPLATE_PATH, "");  // they may hold hooks
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    name_ourselves();
}

LibGit::~LibGit() {
    if (status_ < 0) {
        return;
    }
    // Its shutdown frees the name and forgets that it did.
    git_libgit2_opts(GIT_OPT_SET_USER_AGENT, nullptr);
    if (git_libgit2_shutdown() > 0) {
        name_ourselves();
    }
}

}  // namespace envkeep::git

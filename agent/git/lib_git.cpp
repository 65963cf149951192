// SPDX-License-Identifier: MIT
#include "envkeep/core/version.hpp"
#include "git/remote_callbacks.hpp"
#include "git/socket_stream.hpp"
#include "git/ssh_transport.hpp"

#include <fmt/format.h>
#include <git2/sys/transport.h>
#include <openssl/x509.h>

#include <sys/stat.h>

#include <array>
#include <string_view>

// These stand in for OpenSSL's own. libgit2 has OpenSSL read its default bundle of authorities
// whenever it starts: 20 ms and 200 KiB, also for those who only look at a working copy, or use
// ssh. use_certificate_authorities gives it one when https is due.
extern "C" {

const char* X509_get_default_private_dir() {
    return "/usr/lib/ssl/private";
}

const char* X509_get_default_cert_area() {
    return "/usr/lib/ssl";
}

// Looked into when a certificate is checked, one file by its name.
const char* X509_get_default_cert_dir() {
    return "/usr/lib/ssl/certs";
}

const char* X509_get_default_cert_file() {
    return "/dev/null/none";
}

const char* X509_get_default_cert_dir_env() {
    return "SSL_CERT_DIR";
}

const char* X509_get_default_cert_file_env() {
    return "ENVKEEP_READS_NO_DEFAULT";
}

}  // extern "C"

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

constexpr std::array<std::string_view, 1> names_in_home{".gitconfig"};
constexpr std::array<std::string_view, 3> names_in_xdg{"attributes", "config", "ignore"};

// libgit2 opens it by its path, and so is it looked at. /dev/null is well too, as some have it in
// place of a configuration. What cannot be looked at libgit2 meets itself, and says so.
bool may_be_opened(const std::string& path) {
    struct stat there{};
    struct stat null{};
    if (::stat(path.c_str(), &there) != 0 || S_ISREG(there.st_mode) || S_ISDIR(there.st_mode)) {
        return true;
    }
    return S_ISCHR(there.st_mode) && ::stat("/dev/null", &null) == 0 &&
           there.st_rdev == null.st_rdev;
}

}  // namespace

void LibGit::set_folder(int level,
                        const std::string& folder,
                        std::span<const std::string_view> names) {
    bool is_sound = !folder.empty();
    for (const std::string_view name : names) {
        const std::string path = fmt::format("{}/{}", folder, name);
        if (is_sound && !may_be_opened(path)) {
            is_sound = false;
            left_out_ = path;
        }
    }
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, is_sound ? folder.c_str() : "");
}

LibGit::LibGit(const std::string& home) : status_(git_libgit2_init()) {
    if (status_ < 0) {
        return;
    }
    if (!register_ssh() || !register_streams()) {
        git_libgit2_shutdown();
        status_ = GIT_ERROR;
        return;
    }
    set_folder(GIT_CONFIG_LEVEL_GLOBAL, home, names_in_home);
    set_folder(GIT_CONFIG_LEVEL_XDG, home.empty() ? home : home + "/.config/git", names_in_xdg);
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

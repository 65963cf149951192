// SPDX-License-Identifier: MIT
#include "git/certificate_authorities.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/git/ca_bundle.hpp"

#include <fmt/format.h>
#include <git2/sys/errors.h>

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace envkeep::git {
namespace {

struct FreeConfig {
    void operator()(git_config* config) const { git_config_free(config); }
};

std::string configured(git_config* config, const char* name) {
    git_buf path{};
    std::string value;
    if (config != nullptr && git_config_get_path(&path, config, name) == 0) {
        value.assign(path.ptr, path.size);
    }
    git_buf_dispose(&path);
    return value;
}

// Where pip puts packages below the usual prefixes.
std::vector<std::string> site_folders(const std::vector<std::string>& prefixes,
                                      const RemoteAccess& access) {
    std::vector<std::string> folders;
    for (const std::string& prefix : prefixes) {
        if (!access.config.names_in) {
            break;
        }
        const std::string library = prefix + "/lib";
        for (const std::string& name : access.config.names_in(library)) {
            if (name.starts_with("python3")) {
                folders.push_back(fmt::format("{}/{}/site-packages", library, name));
                folders.push_back(fmt::format("{}/{}/dist-packages", library, name));
            }
        }
    }
    return folders;
}

// Of a list of folders, as of $PATH.
bool is_any_there(std::string_view folders, const RemoteAccess& access) {
    const std::size_t colon = folders.find(':');
    return !access.config.names_in(std::string(folders.substr(0, colon))).empty() ||
           (colon != std::string_view::npos && is_any_there(folders.substr(colon + 1), access));
}

// A folder is taken by OpenSSL whether it is there or not.
bool takes(const CaBundle& place, const RemoteAccess& access) {
    const char* const path = place.path.c_str();
    if (place.is_folder) {
        return access.config.names_in && is_any_there(place.path, access) &&
               git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, nullptr, path) == 0;
    }
    return git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, path, nullptr) == 0;
}

}  // namespace

std::string use_certificate_authorities(git_repository* repository, const RemoteAccess& access) {
    git_config* found = nullptr;
    static_cast<void>(repository != nullptr ? git_repository_config(&found, repository)
                                            : git_config_open_default(&found));
    const std::unique_ptr<git_config, FreeConfig> config(found);
    CaBundleSources sources{.variable = access.http.variable,
                            .home = access.config.home,
                            .ssl_ca_info = configured(found, "http.sslcainfo"),
                            .ssl_ca_path = configured(found, "http.sslcapath"),
                            .python_prefixes = {},
                            .python_site_folders = {}};
    for (const std::string_view name : {"CONDA_PREFIX", "VIRTUAL_ENV", "MAMBA_ROOT_PREFIX"}) {
        if (auto prefix = access.http.variable(name); prefix && prefix->starts_with('/')) {
            sources.python_prefixes.push_back(*std::move(prefix));
        }
    }
    sources.python_prefixes.insert(sources.python_prefixes.end(),
                                   {"/opt/conda",
                                    "/opt/miniconda3",
                                    sources.home + "/miniconda3",
                                    sources.home + "/anaconda3"});
    std::vector<std::string> prefixes = sources.python_prefixes;
    prefixes.insert(prefixes.end(), {"/usr/local", "/usr", sources.home + "/.local"});
    sources.python_site_folders = site_folders(prefixes, access);
    std::string passed_over;
    for (const CaBundle& place : ca_bundle_places(sources)) {
        if (takes(place, access)) {
            git_error_clear();
            return fmt::format("{} ({}){}", printable(place.path), place.source, passed_over);
        }
        if (place.is_wished) {
            passed_over += fmt::format("; none in {} ({})", printable(place.path), place.source);
        }
    }
    git_error_clear();
    return passed_over.empty() ? passed_over : "none" + passed_over;
}

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#include "git/certificate_authorities.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/git/ca_bundle.hpp"

#include <fmt/format.h>
#include <git2/sys/errors.h>

#include <memory>

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
                            .python_prefixes = {"/opt/conda"},
                            .python_site_folders = {}};
    if (auto prefix = access.http.variable("CONDA_PREFIX")) {
        sources.python_prefixes.insert(sources.python_prefixes.begin(), *std::move(prefix));
    }
    for (const CaBundle& place : ca_bundle_places(sources)) {
        const char* const path = place.path.c_str();
        if (git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS,
                             place.is_folder ? nullptr : path,
                             place.is_folder ? path : nullptr) == 0) {
            git_error_clear();
            return fmt::format("{} ({})", printable(place.path), place.source);
        }
    }
    git_error_clear();
    return {};
}

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::git {

// A place where the certificates of authorities may be.
struct CaBundle {
    std::string path;  // absolute; of folders also a list with ':', as SSL_CERT_DIR has it
    bool is_folder = false;
    bool is_wished = false;  // the user named it: it is worth telling if it is not there
    std::string source;  // "the variable SSL_CERT_FILE", "http.sslCAInfo", "the system", "conda"

    friend bool operator==(const CaBundle&, const CaBundle&) = default;
};

struct CaBundleSources {
    std::function<std::optional<std::string>(std::string_view)> variable;
    std::string home;
    std::string ssl_ca_info;  // http.sslCAInfo of git's configuration; empty: not said
    std::string ssl_ca_path;  // http.sslCAPath
    std::vector<std::string> python_prefixes;      // "/opt/conda"
    std::vector<std::string> python_site_folders;  // "/opt/conda/lib/python3.11/site-packages"
};

// Where to look, best first: what the user names for git, what the user names for all, the system's
// bundle wherever a distribution keeps it, conda's, certifi's. Looks at no file.
[[nodiscard]] std::vector<CaBundle> ca_bundle_places(const CaBundleSources& sources);

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#include "envkeep/git/ca_bundle.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::git {
namespace {

constexpr std::array<std::string_view, 6> system_files{
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Fedora, CentOS
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Red Hat, Rocky
    "/etc/ssl/ca-bundle.pem",                             // SUSE
    "/etc/ssl/cert.pem",                                  // Alpine
    "/etc/ssl/certs/ca-bundle.crt",                       // NixOS, older Red Hat
};

class Places {
  public:
    explicit Places(const CaBundleSources& sources) : sources_(sources) {}

    void add_wished(std::string path, bool is_folder, std::string source) {
        if (path.starts_with("~/")) {
            path = sources_.home + path.substr(1);
        }
        if (path.starts_with('/')) {
            places_.push_back({.path = std::move(path),
                               .is_folder = is_folder,
                               .is_wished = true,
                               .source = std::move(source)});
        }
    }

    void add_variable(std::string_view name, bool is_folder) {
        add_wished(
            sources_.variable(name).value_or(""), is_folder, fmt::format("the variable {}", name));
    }

    void add(std::string path, std::string_view source) {
        places_.push_back({.path = std::move(path),
                           .is_folder = false,
                           .is_wished = false,
                           .source = std::string(source)});
    }

    std::vector<CaBundle> take() && { return std::move(places_); }

  private:
    const CaBundleSources& sources_;
    std::vector<CaBundle> places_;
};

}  // namespace

std::vector<CaBundle> ca_bundle_places(const CaBundleSources& sources) {
    Places places(sources);
    places.add_variable("GIT_SSL_CAINFO", false);
    places.add_variable("GIT_SSL_CAPATH", true);
    places.add_wished(sources.ssl_ca_info, false, "http.sslCAInfo");
    places.add_wished(sources.ssl_ca_path, true, "http.sslCAPath");
    for (const std::string_view name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"}) {
        places.add_variable(name, false);
    }
    places.add_variable("SSL_CERT_DIR", true);
    for (const std::string_view path : system_files) {
        places.add(std::string(path), "the system");
    }
    for (const std::string& prefix : sources.python_prefixes) {
        places.add(prefix + "/ssl/cacert.pem", "conda");
    }
    for (const std::string& folder : sources.python_site_folders) {
        places.add(folder + "/certifi/cacert.pem", "certifi");
        places.add(folder + "/pip/_vendor/certifi/cacert.pem", "pip's certifi");
    }
    return std::move(places).take();
}

}  // namespace envkeep::git

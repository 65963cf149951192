// SPDX-License-Identifier: MIT
#include "envkeep/git/ca_bundle.hpp"

#include <gmock/gmock.h>

#include <map>

namespace envkeep::git {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

std::vector<std::string> paths_of(const std::vector<CaBundle>& places) {
    std::vector<std::string> paths;
    for (const CaBundle& place : places) {
        paths.push_back(place.path);
    }
    return paths;
}

CaBundleSources sources_with(const std::map<std::string, std::string>& variables) {
    return {.variable = [variables](std::string_view name) -> std::optional<std::string> {
                const auto found = variables.find(std::string(name));
                return found == variables.end() ? std::nullopt : std::optional(found->second);
            },
            .home = "/home/me",
            .ssl_ca_info = {},
            .ssl_ca_path = {},
            .python_prefixes = {},
            .python_site_folders = {}};
}

TEST(CaBundlePlaces, WithoutWishesAreTheSystemsAndThenPythons) {
    CaBundleSources sources = sources_with({});
    sources.python_prefixes = {"/opt/conda"};
    sources.python_site_folders = {"/opt/conda/lib/python3.11/site-packages"};

    const std::vector<CaBundle> places = ca_bundle_places(sources);

    EXPECT_THAT(paths_of(places),
                ElementsAre("/etc/ssl/certs/ca-certificates.crt",
                            "/etc/pki/tls/certs/ca-bundle.crt",
                            "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                            "/etc/ssl/ca-bundle.pem",
                            "/etc/ssl/cert.pem",
                            "/etc/ssl/certs/ca-bundle.crt",
                            "/opt/conda/ssl/cacert.pem",
                            "/opt/conda/lib/python3.11/site-packages/certifi/cacert.pem",
                            "/opt/conda/lib/python3.11/site-packages/pip/_vendor/certifi/"
                            "cacert.pem"));
    EXPECT_THAT(places, Not(Contains(::testing::Field(&CaBundle::is_wished, true))));
}

TEST(CaBundlePlaces, BeginWithWhatTheUserNames) {
    CaBundleSources sources = sources_with({{"SSL_CERT_FILE", "/corp/all.pem"},
                                            {"GIT_SSL_CAINFO", "/corp/git.pem"},
                                            {"SSL_CERT_DIR", "/corp/certs"},
                                            {"CURL_CA_BUNDLE", ""}});
    sources.ssl_ca_info = "~/ca.pem";

    std::vector<CaBundle> places = ca_bundle_places(sources);
    places.resize(4);

    EXPECT_THAT(places,
                ElementsAre(CaBundle{"/corp/git.pem", false, true, "the variable GIT_SSL_CAINFO"},
                            CaBundle{"/home/me/ca.pem", false, true, "http.sslCAInfo"},
                            CaBundle{"/corp/all.pem", false, true, "the variable SSL_CERT_FILE"},
                            CaBundle{"/corp/certs", true, true, "the variable SSL_CERT_DIR"}));
}

TEST(CaBundlePlaces, PassOverWhatIsNoAbsolutePath) {
    const CaBundleSources sources = sources_with({{"SSL_CERT_FILE", "ca.pem"}});

    EXPECT_THAT(paths_of(ca_bundle_places(sources)), Not(Contains("ca.pem")));
}

}  // namespace
}  // namespace envkeep::git

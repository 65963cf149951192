// SPDX-License-Identifier: MIT
#include "envkeep/git/http_credentials.hpp"

#include "envkeep/core/encoding.hpp"
#include "envkeep/core/text.hpp"
#include "git/host_pattern.hpp"
#include "git/netrc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace envkeep::git {
namespace {

struct WellKnownHost {
    std::string_view host;
    std::string_view user;       // that goes with a token
    std::string_view variables;  // that hold one, best first
};

constexpr std::array<WellKnownHost, 7> well_known_hosts{{
    {"github.com", "x-access-token", "GH_TOKEN GITHUB_TOKEN"},
    {"gist.github.com", "x-access-token", "GH_TOKEN GITHUB_TOKEN"},
    {"gitlab.com", "oauth2", "GITLAB_TOKEN GITLAB_ACCESS_TOKEN"},
    {"bitbucket.org", "x-token-auth", "BITBUCKET_TOKEN"},
    {"codeberg.org", "oauth2", "CODEBERG_TOKEN"},
    {"huggingface.co", "hf_user", "HF_TOKEN HUGGING_FACE_HUB_TOKEN"},
    {"hf.co", "hf_user", "HF_TOKEN HUGGING_FACE_HUB_TOKEN"},
}};

// Of servers of one's own: any will do.
constexpr std::string_view usual_user = "oauth2";

std::string_view scheme_of(const Address& address) {
    return address.way == Way::https ? "https" : "http";
}

// "host", "host:8443", "[::1]:8443": without the port that the scheme has anyway.
std::string place_of(const Address& address) {
    const bool has_usual_port =
        address.port == 0 || address.port == (address.way == Way::https ? 443 : 80);
    std::string place = address.host.find(':') == std::string::npos
                            ? address.host
                            : fmt::format("[{}]", address.host);
    if (!has_usual_port) {
        place += fmt::format(":{}", address.port);
    }
    return lower_case(place);
}

void add_variable(const std::string& name,
                  const Address& address,
                  std::string_view user,
                  const HttpCredentialSources& sources,
                  std::vector<HttpCredential>& found) {
    const std::optional<std::string> value = sources.variable(name);
    const std::string_view token = value ? trimmed(*value) : std::string_view();
    if (!token.empty()) {
        found.push_back({.user = address.user.empty() ? std::string(user) : address.user,
                         .secret = std::string(token),
                         .source = fmt::format("the variable {}", printable(name))});
    }
}

void add_variables(const Address& address,
                   const HttpCredentialSources& sources,
                   std::vector<HttpCredential>& found) {
    const auto* const host =
        std::ranges::find(well_known_hosts, lower_case(address.host), &WellKnownHost::host);
    const bool is_well_known = host != well_known_hosts.end();
    const std::string_view user = is_well_known ? host->user : usual_user;
    if (!sources.token_variable.empty() && sources.token_place == place_of(address)) {
        add_variable(sources.token_variable, address, user, sources, found);
    }
    const bool has_usual_port = address.port == 0 || address.port == 443;
    if (is_well_known && has_usual_port) {
        for (const std::string_view name : split(host->variables, ' ')) {
            if (name != sources.token_variable) {
                add_variable(std::string(name), address, user, sources, found);
            }
        }
    }
}

struct StoredCredential {
    HttpCredential credential;
    std::string path;
};

// "https://user:password@host/path", as git's own store has it.
std::optional<StoredCredential> read_stored(std::string_view line, const Address& address) {
    const std::string begin = fmt::format("{}://", scheme_of(address));
    if (!line.starts_with(begin)) {
        return std::nullopt;
    }
    const std::string_view rest = line.substr(begin.size());
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
    const std::size_t at = authority.find('@');
    const std::size_t colon = authority.find(':');
    if (at == std::string_view::npos || colon >= at) {
        return std::nullopt;
    }
    std::string place = lower_case(percent_decoded(authority.substr(at + 1)));
    const std::string_view usual_port = address.way == Way::https ? ":443" : ":80";
    if (place.ends_with(usual_port)) {
        place.resize(place.size() - usual_port.size());
    }
    StoredCredential stored{
        .credential = {.user = percent_decoded(authority.substr(0, colon)),
                       .secret = percent_decoded(authority.substr(colon + 1, at - colon - 1)),
                       .source = {}},
        .path = percent_decoded(rest.substr(authority.size()))};
    const bool fits = place == place_of(address) &&
                      (address.user.empty() || address.user == stored.credential.user);
    return fits ? std::optional(std::move(stored)) : std::nullopt;
}

// As git does unless told otherwise, a path in the file rules nothing out; the very repository's
// comes first.
void add_stored(std::string_view text,
                std::string_view name,
                const Address& address,
                std::vector<HttpCredential>& found) {
    std::vector<HttpCredential> of_host;
    std::size_t number = 0;
    for (const std::string_view line : split(text, '\n')) {
        ++number;
        std::optional<StoredCredential> stored = read_stored(trimmed(line), address);
        if (stored) {
            stored->credential.source = fmt::format("{}:{}", name, number);
            const bool is_of_path = stored->path == percent_decoded(address.path);
            (is_of_path ? found : of_host).push_back(std::move(stored->credential));
        }
    }
    std::ranges::move(of_host, std::back_inserter(found));
}

}  // namespace

std::string token_place(const Address& address) {
    Address named = address;
    if (named.way != Way::https) {
        named.port = 0;  // none of https
    }
    return place_of(named);
}

std::vector<HttpCredential> http_credentials(const Address& address,
                                             const HttpCredentialSources& sources) {
    std::vector<HttpCredential> found;
    if (address.way != Way::https && address.way != Way::http) {
        return found;
    }
    if (address.way == Way::https) {
        add_variables(address, sources, found);
    }
    const std::string xdg = sources.variable("XDG_CONFIG_HOME").value_or(sources.home + "/.config");
    const std::array<std::pair<std::string, std::string>, 2> stores{
        {{sources.home + "/.git-credentials", "~/.git-credentials"},
         {xdg + "/git/credentials",
          xdg == sources.home + "/.config" ? "~/.config/git/credentials"
                                           : printable(xdg + "/git/credentials")}}};
    for (const auto& [path, name] : stores) {
        if (const Result<std::string> text = sources.read(path)) {
            add_stored(*text, name, address, found);
        }
    }
    // A .netrc does not say for which scheme it is meant.
    if (const Result<std::string> text = sources.read(sources.home + "/.netrc");
        text && address.way == Way::https) {
        if (auto entry = find_in_netrc(*text, address.host, address.user)) {
            found.push_back({.user = std::move(entry->login),
                             .secret = std::move(entry->password),
                             .source = "~/.netrc"});
        }
    }
    return found;
}

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#include "envkeep/git/address.hpp"

#include "envkeep/core/encoding.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/manifest/git_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace envkeep::git {
namespace {

struct Scheme {
    std::string_view name;
    Way way;
};

constexpr std::array<Scheme, 5> schemes{{{"ssh", Way::ssh},
                                         {"https", Way::https},
                                         {"http", Way::http},
                                         {"git", Way::git},
                                         {"file", Way::file}}};

// Letters that mean nothing else in the path of a URL.
constexpr std::string_view plain_in_path = "/!$&'()*+,;=:@";

std::string host_text(const std::string& host) {
    return host.find(':') == std::string::npos ? host
                                               : fmt::format("[{}]", percent_encoded(host, ":"));
}

}  // namespace

std::string Address::url() const {
    const std::string port_text = port == 0 ? std::string() : fmt::format(":{}", port);
    const bool is_relative = !path.starts_with('/');
    if (way == Way::ssh && is_relative && !path.starts_with('~')) {
        // A path relative to the home cannot be said in a URL.
        const std::string named = (user.empty() ? "" : user + "@");
        return port == 0
                   ? fmt::format("{}{}:{}",
                                 named,
                                 host.find(':') == std::string::npos ? host : "[" + host + "]",
                                 path)
                   : fmt::format("[{}{}{}]:{}", named, host, port_text, path);
    }
    const bool is_web = way == Way::http || way == Way::https;
    return fmt::format("{}://{}{}{}{}{}{}",
                       std::ranges::find(schemes, way, &Scheme::way)->name,
                       percent_encoded(user, ""),
                       user.empty() ? "" : "@",
                       host_text(host),
                       port_text,
                       is_relative ? "/" : "",
                       is_web ? path : percent_encoded(path, plain_in_path));
}

Result<Address> parse_address(std::string_view url) {
    ENVKEEP_TRY(manifest::GitUrl parts, manifest::read_git_url(url));
    Address address{.way = std::ranges::find(schemes, parts.scheme, &Scheme::name)->way,
                    .user = std::move(parts.user),
                    .host = std::move(parts.host),
                    .port = parts.port,
                    .path = std::move(parts.path)};
    // The patterns of ssh's configuration tell large letters from small ones; nothing else does.
    if (address.way != Way::ssh) {
        for (char& c : address.host) {
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
        }
    }
    return address;
}

}  // namespace envkeep::git

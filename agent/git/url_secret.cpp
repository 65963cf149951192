// SPDX-License-Identifier: MIT
#include "git/url_secret.hpp"

#include "envkeep/core/secrets.hpp"

namespace envkeep::git {

std::optional<std::string> without_secret(const std::string& url) {
    const std::size_t begin = url.find("://");
    if (begin == std::string::npos) {
        return std::nullopt;
    }
    const std::size_t host = begin + 3;
    const std::size_t at = url.substr(0, url.find('/', host)).rfind('@');
    const std::string user =
        at == std::string::npos || at < host ? "" : url.substr(host, at - host);
    const bool is_secret = user.find(':') != std::string::npos || masked(user) != user;
    if (!is_secret) {
        return std::nullopt;
    }
    const std::string kept = url.starts_with("http") ? "" : user.substr(0, user.find(':')) + '@';
    return url.substr(0, host) + kept + url.substr(at + 1);
}

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#include "git/url_secret.hpp"

#include "envkeep/core/secrets.hpp"
#include "envkeep/core/text.hpp"

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
    const bool is_web = url.starts_with("http");
    const bool is_secret = user.find(':') != std::string::npos || masked(user) != user ||
                           (is_web && is_token_as_user(user));
    if (!is_secret) {
        return std::nullopt;
    }
    const std::string kept = is_web ? "" : user.substr(0, user.find(':')) + '@';
    return url.substr(0, host) + kept + url.substr(at + 1);
}

std::optional<std::string> setting_with_secret(git_config* config) {
    git_config_iterator* entries = nullptr;
    if (git_config_iterator_new(&entries, config) != 0) {
        return std::nullopt;
    }
    std::optional<std::string> found;
    git_config_entry* entry = nullptr;
    while (!found && git_config_next(&entry, entries) == 0) {
        const std::string name = entry->name;
        const std::string value = entry->value == nullptr ? "" : entry->value;
        // "url.https://me:token@example.org/.insteadof"
        const std::size_t dot = name.find('.');
        const auto plain_name = without_secret(name.substr(dot + 1));
        const bool is_own = entry->level == GIT_CONFIG_LEVEL_LOCAL;
        if (is_own && (plain_name || without_secret(value) || name.ends_with(".extraheader"))) {
            found = printable(plain_name ? name.substr(0, dot + 1) + *plain_name : name);
        }
    }
    git_config_iterator_free(entries);
    return found;
}

}  // namespace envkeep::git

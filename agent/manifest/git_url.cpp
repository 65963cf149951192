// SPDX-License-Identifier: MIT
#include "envkeep/manifest/git_url.hpp"

#include "envkeep/core/encoding.hpp"
#include "envkeep/core/secrets.hpp"
#include "envkeep/core/text.hpp"
#include "manifest/git_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace envkeep::manifest {
namespace {

constexpr std::string_view url_hint =
    "write https://github.com/me/repository or git@github.com:me/repository.git";

tl::unexpected<Error> refused_url(std::string message, std::string_view hint) {
    return failure(ErrorKind::invalid_manifest, std::move(message), std::string(hint));
}

// For messages: whatever stands before the host may be a password, even one with blanks.
std::string shown(std::string_view url) {
    const std::size_t begin = url.find("://");
    const std::size_t at = url.rfind('@');
    return begin == std::string_view::npos || at == std::string_view::npos
               ? quoted(url)
               : quoted(fmt::format("{}***{}", url.substr(0, begin + 3), url.substr(at)));
}

tl::unexpected<Error> no_url(std::string_view url, std::string_view hint = url_hint) {
    return refused_url(fmt::format("{} is no URL of a repository", shown(url)), hint);
}

// "me/dotfiles", "github.com/me/dotfiles", "git@github.com/me/dotfiles": what was meant is plain.
std::string meant_url(std::string_view url) {
    const std::string_view first = url.substr(0, url.find('/'));
    if (first.starts_with('.') || first.starts_with('~')) {
        return "write the whole path, from / on";
    }
    const std::size_t at = first.find('@');
    if (url.find('/') == std::string_view::npos) {
        return std::string(url_hint);
    }
    if (at != std::string_view::npos) {
        return fmt::format(
            "did you mean '{}:{}'?", printable(first), printable(url.substr(first.size() + 1)));
    }
    return fmt::format("did you mean 'https://{}{}'?",
                       first.find('.') == std::string_view::npos ? "github.com/" : "",
                       printable(url));
}

// Nothing for what is no port; zero for no port at all.
std::optional<std::uint16_t> port_in(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (!text.empty() && (fault != std::errc{} || end != text.data() + text.size() || port == 0)) {
        return std::nullopt;
    }
    return port;
}

// "host", "host:port", "[address]", "[address]:port" into `parts`.
bool read_host(std::string_view text, GitUrl& parts) {
    std::string_view rest;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) {
            return false;
        }
        parts.host = text.substr(1, end - 1);
        rest = text.substr(end + 1);
    } else {
        parts.host = text.substr(0, text.find(':'));
        rest = text.substr(parts.host.size());
    }
    const std::optional<std::uint16_t> port = port_in(rest.substr(rest.empty() ? 0 : 1));
    parts.port = port.value_or(0);
    const bool is_address = parts.host.find(':') != std::string::npos;
    return port && (rest.empty() || rest.starts_with(':')) && !parts.host.empty() &&
           parts.host.find_first_of(is_address ? "[]@/?#\\" : "[]@/?#\\%") == std::string::npos;
}

// What a program that is given it would take for an option, or a server for two lines.
bool is_harmful(const GitUrl& parts) {
    const auto has_control = [](const std::string& text) {
        return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
    };
    return parts.host.starts_with('-') || parts.user.starts_with('-') ||
           parts.path.starts_with('-') || has_control(parts.host) || has_control(parts.user) ||
           has_control(parts.scheme.starts_with("http") ? percent_decoded(parts.path) : parts.path);
}

// The server takes "/~me/x" as a path in the home of `me`.
std::string_view without_slash_before_tilde(std::string_view path) {
    return path.starts_with("/~") ? path.substr(1) : path;
}

// "ssh://git@github.com:me/x", "https://github.com:me/x": begun as a URL, ended as ssh has it.
std::string meant_host(std::string_view scheme, std::string_view host, std::string_view rest) {
    const std::size_t colon = host.find(':');
    if (host.starts_with('[') || colon == std::string_view::npos || colon + 1 == host.size() ||
        (host[colon + 1] >= '0' && host[colon + 1] <= '9')) {
        return "write host or host:port, an IPv6 address in brackets";
    }
    if (scheme == "ssh") {
        return fmt::format("did you mean '{}'?", printable(rest));
    }
    return fmt::format("did you mean '{}://{}/{}'?",
                       scheme,
                       printable(host.substr(0, colon)),
                       printable(rest.substr(rest.find(host) + colon + 1)));
}

Result<GitUrl> read_with_scheme(std::string_view scheme, std::string_view rest) {
    const std::string_view authority = rest.substr(0, rest.find('/'));
    const std::size_t at = authority.rfind('@');
    const std::string_view host =
        at == std::string_view::npos ? authority : authority.substr(at + 1);
    const std::string_view user = authority.substr(0, at == std::string_view::npos ? 0 : at);
    const std::string whole = fmt::format("{}://{}", scheme, rest);
    if (user.find(':') != std::string_view::npos) {
        return refused_url(
            "the URL holds a password",
            "take it out: the manifest can be read by all who share the store; use an "
            "ssh key, or keep .git-credentials");
    }
    if (scheme == "file" ? !authority.empty() : host.empty()) {
        return refused_url(fmt::format("URL {} names no host", shown(whole)),
                           scheme == "file" ? "write file:///path" : url_hint);
    }
    if (rest.size() <= authority.size() + 1) {
        return refused_url(fmt::format("URL {} names no repository", shown(whole)), url_hint);
    }
    GitUrl parts{.scheme = std::string(scheme),
                 .user = percent_decoded(user),
                 .host = {},
                 .port = 0,
                 .path = std::string(rest.substr(authority.size()))};
    if (scheme != "file" && !read_host(host, parts)) {
        return refused_url(fmt::format("URL {} has a wrong host or port", shown(whole)),
                           meant_host(scheme, host, rest));
    }
    parts.host = percent_decoded(parts.host);
    if (!scheme.starts_with("http")) {
        parts.path = percent_decoded(parts.path);
    }
    if (scheme == "ssh" || scheme == "git") {
        parts.path = without_slash_before_tilde(parts.path);
    }
    if (is_harmful(parts)) {
        return no_url(whole);
    }
    return parts;
}

// "user@host:path", "user@[address]:path", "[user@host:port]:path".
Result<GitUrl> read_scp_like(std::string_view url) {
    const std::size_t open = url.find('[');
    const bool has_brackets = open != std::string_view::npos &&
                              (open == 0 || url[open - 1] == '@') && url.find_first_of(":/") > open;
    const std::size_t close = has_brackets ? url.find(']', open) : 0;
    const std::size_t colon = close == std::string_view::npos ? close : url.find(':', close);
    if (colon == std::string_view::npos || url.find('/') < colon) {
        return no_url(url, meant_url(url));
    }
    if (has_brackets && colon != close + 1) {
        return no_url(url);
    }
    std::string_view place = url.substr(0, colon);
    const std::string_view path = url.substr(colon + 1);
    if (path.starts_with(':')) {
        return no_url(url);  // "ext::sh -c ...": a program that git would start
    }
    GitUrl parts{.scheme = "ssh",
                 .user = {},
                 .host = {},
                 .port = 0,
                 .path = std::string(without_slash_before_tilde(path))};
    // Brackets around more than an address only hold host and port together.
    const std::string_view inside =
        has_brackets ? url.substr(open + 1, close - open - 1) : std::string_view();
    const bool is_address = std::ranges::count(inside, ':') > 1;
    std::string joined(place);
    if (has_brackets && !is_address) {
        joined = fmt::format("{}{}", place.substr(0, open), inside);
    }
    place = joined;
    const std::size_t at = place.rfind('@');
    const bool names_nobody = at == 0;
    if (at != std::string_view::npos) {
        parts.user = place.substr(0, at);
        place.remove_prefix(at + 1);
    }
    const bool is_odd_user = parts.user.find_first_of("[]:/") != std::string::npos;
    if (names_nobody || is_odd_user || path.empty() || path == "/" || !read_host(place, parts) ||
        is_harmful(parts)) {
        return no_url(url);
    }
    return parts;
}

}  // namespace

Result<GitUrl> read_git_url(std::string_view url) {
    const bool has_blank =
        std::ranges::any_of(url, [](unsigned char c) { return c <= 0x20 || c == 0x7F; });
    if (has_blank || url.starts_with('-')) {
        return no_url(url);
    }
    if (url.starts_with('/') && url.size() > 1) {
        return GitUrl{
            .scheme = "file", .user = {}, .host = {}, .port = 0, .path = std::string(url)};
    }
    const std::size_t end = url.find("://");
    if (end == std::string_view::npos) {
        return read_scp_like(url);
    }
    constexpr std::array<std::string_view, 5> schemes{"https", "ssh", "http", "git", "file"};
    const std::string_view scheme = url.substr(0, end);
    if (std::ranges::find(schemes, scheme) == schemes.end()) {
        return refused_url(fmt::format("{} is no way to a repository", quoted(scheme)),
                           "use https://, ssh:// or user@host:path");
    }
    return read_with_scheme(scheme, url.substr(end + 3));
}

Result<void> check_git_url(std::string_view url) {
    ENVKEEP_TRY(const GitUrl parts, read_git_url(url));
    const bool is_web = parts.scheme == "http" || parts.scheme == "https";
    if (masked(parts.user) != parts.user || (is_web && is_token_as_user(parts.user))) {
        return refused_url(
            "the URL holds a token",
            "take it out: the manifest can be read by all who share the store; put it into a "
            "variable, and the variable's name into 'token:', or keep .git-credentials");
    }
    return {};
}

}  // namespace envkeep::manifest

// SPDX-License-Identifier: MIT
#include "packages/metadata.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>
#include <cstddef>

namespace envkeep::packages {
namespace {

bool is_same_word(std::string_view one, std::string_view other) {
    return std::ranges::equal(
        one, other, [](char a, char b) { return lower_case(a) == lower_case(b); });
}

std::string_view next_line(std::string_view& rest) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

// Conda's private channels have it right behind the host: "https://host/t/TOKEN/channel".
std::string without_token(std::string url) {
    const std::size_t start = url.find('/', url.find("://") + 3);
    while (start != std::string::npos && std::string_view(url).substr(start).starts_with("/t/")) {
        const std::size_t end = std::min(url.find('/', start + 3), url.size());
        url.erase(start, end - start);
    }
    return url;
}

}  // namespace

std::string_view header_field(std::string_view text, std::string_view field) {
    while (!text.empty()) {
        const std::string_view line = next_line(text);
        if (line.empty()) {
            break;
        }
        if (line.size() > field.size() && line[field.size()] == ':' &&
            is_same_word(line.substr(0, field.size()), field)) {
            return trimmed(line.substr(field.size() + 1));
        }
    }
    return {};
}

NameAndVersion from_folder_name(std::string_view folder) {
    const std::string_view stem = folder.substr(0, folder.rfind('.'));
    const std::size_t dash = stem.find('-');
    if (dash == std::string_view::npos) {
        return {.name = std::string(stem), .version = {}};
    }
    const std::string_view rest = stem.substr(dash + 1);
    return {.name = std::string(stem.substr(0, dash)),
            .version = std::string(rest.substr(0, rest.find('-')))};
}

std::string scrubbed(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) {
        return std::string(url);
    }
    const std::size_t hash = std::min(url.find('#', scheme), url.size());
    std::string_view rest = url.substr(scheme + 3, hash - scheme - 3);
    rest = rest.substr(0, rest.find('?'));
    const std::size_t at = rest.substr(0, rest.find('/')).rfind('@');
    std::string out(url.substr(0, scheme + 3));
    if (at != std::string_view::npos) {
        const std::string_view user = rest.substr(0, at);
        // "git" in "ssh://git@host" names nobody; elsewhere a bare user may be a token.
        if (url.substr(0, scheme).ends_with("ssh") && user.find(':') == std::string_view::npos) {
            out += std::string(user) + '@';
        }
        rest.remove_prefix(at + 1);
    }
    out = without_token(out + std::string(rest));
    return out + std::string(url.substr(hash));
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        lines.push_back(next_line(text));
    }
    return lines;
}

bool is_plain_word(std::string_view text) {
    constexpr std::string_view besides = "+-.:~_!";
    return !text.empty() && text.front() != '-' && std::ranges::all_of(text, [&](char c) {
        return (c >= '0' && c <= '9') || (lower_case(c) >= 'a' && lower_case(c) <= 'z') ||
               besides.find(c) != std::string_view::npos;
    });
}

std::string resolved(std::string_view folder, std::string_view path, std::string_view prefix) {
    if (path.starts_with('/') || path.find('\0') != std::string_view::npos) {
        return {};
    }
    std::string out(folder);
    for (const std::string_view part : split(path, '/')) {
        if (part.empty() || part == ".") {
            continue;
        }
        if (part == "..") {
            out.resize(std::min(out.rfind('/'), out.size()));
        } else {
            out += '/';
            out += part;
        }
        if (out.size() < prefix.size()) {
            return {};
        }
    }
    const bool is_inside =
        out.size() > prefix.size() && out.starts_with(prefix) && out[prefix.size()] == '/';
    return is_inside ? out : std::string{};
}

}  // namespace envkeep::packages

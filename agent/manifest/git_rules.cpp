// SPDX-License-Identifier: MIT
#include "manifest/git_rules.hpp"

#include "envkeep/core/text.hpp"
#include "manifest/variables.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::manifest {
namespace {

tl::unexpected<Error> refusal(std::string message, std::string_view hint) {
    return failure(ErrorKind::invalid_manifest, std::move(message), std::string(hint));
}

bool has_blank(std::string_view text) {
    return std::ranges::any_of(text, [](unsigned char c) { return c <= 0x20 || c == 0x7F; });
}

}  // namespace

Result<void> check_ref_name(std::string_view name) {
    const bool has_wrong_character =
        has_blank(name) || name.find_first_of("~^:?*[\\") != std::string_view::npos;
    const bool has_wrong_part = name.find("..") != std::string_view::npos ||
                                name.find("//") != std::string_view::npos ||
                                name.find("@{") != std::string_view::npos;
    const bool has_wrong_end = name.starts_with('-') || name.starts_with('/') ||
                               name.starts_with('.') || name.ends_with('/') ||
                               name.ends_with('.') || name.ends_with(".lock");
    if (has_wrong_character || has_wrong_part || has_wrong_end) {
        return refusal(fmt::format("{} is no name that git takes", quoted(name)),
                       "write it as 'git branch' or 'git tag' shows it, such as main or v1.2");
    }
    return {};
}

Result<void> check_commit(std::string_view text) {
    const bool is_hex = text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    if (!is_hex || ((text.size() < 7 || text.size() > 40) && text.size() != 64)) {
        return refusal(fmt::format("{} is no commit", quoted(text)),
                       "write its hexadecimal number in quotes, at least 7 digits, as 'git log' "
                       "shows it");
    }
    return {};
}

Result<void> check_known_host(std::string_view line) {
    std::vector<std::string_view> fields = split(line, ' ');
    std::erase(fields, std::string_view());
    const bool has_key = fields.size() >= 3 && fields[2].starts_with("AAAA") &&
                         fields[2].find_first_not_of(
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
                             "uvwxyz0123456789+/=") == std::string_view::npos;
    if (!has_key || line.starts_with('@') || line.starts_with('#')) {
        return refusal(
            fmt::format("{} is no line of a known_hosts file", quoted(line)),
            "write 'git.example.org ssh-ed25519 AAAA...', as ssh-keyscan prints it, once "
            "you know from elsewhere that this is the host's key");
    }
    return {};
}

Result<void> check_token_variable(std::string_view name) {
    if (!is_variable_name(name)) {
        return refusal("'token' is the name of a variable that holds the token",
                       "write its name, such as GITHUB_TOKEN; a token itself must not stand here: "
                       "whoever reads the store would read it too");
    }
    return {};
}

Result<void> check_repository_path(std::string_view path) {
    if (path.starts_with('/') || path.starts_with('~')) {
        return refusal(fmt::format("{} is not relative", quoted(path)),
                       "name it from the top of the repository");
    }
    for (const std::string_view name : split(path, '/')) {
        if (name == ".." || name == ".git") {
            return refusal(fmt::format("{} leads out of the repository's files", quoted(path)),
                           "name a file or folder of the repository");
        }
    }
    if (path.find_first_not_of("./") == std::string_view::npos) {
        return refusal(fmt::format("{} is the whole repository", quoted(path)),
                       "name a file or folder in it, or leave the key out");
    }
    return {};
}

}  // namespace envkeep::manifest

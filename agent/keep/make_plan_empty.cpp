// SPDX-License-Identifier: MIT
#include "keep/make_plan_empty.hpp"

#include <algorithm>
#include <array>

namespace envkeep::keep {
namespace {

constexpr auto known_files = std::to_array<std::string_view>({
    ".Renviron",        ".bash_aliases",   ".bash_login", ".bash_logout", ".bash_profile",
    ".git-credentials", ".gitattributes",  ".gitconfig",  ".gitignore",   ".pgpass",
    ".profile",         ".viminfo",        ".wget-hsts",  ".zlogin",      ".zprofile",
    ".zshenv",          "authorized_keys", "credentials", "known_hosts",  "token",
});

constexpr auto file_endings = std::to_array<std::string_view>({
    ".cfg", ".conf", ".crt",    ".env", ".ini",  ".ipynb", ".json", ".key",  ".md",  ".pem",
    ".pub", ".py",   ".sqlite", ".sh",  ".toml", ".txt",   ".xml",  ".yaml", ".yml",
});

}  // namespace

bool is_file_by_name(std::string_view name) {
    if (std::find(known_files.begin(), known_files.end(), name) != known_files.end()) {
        return true;
    }
    if (name.starts_with('.') && (name.ends_with("rc") || name.ends_with("_history"))) {
        return true;
    }
    return std::any_of(file_endings.begin(), file_endings.end(), [&](std::string_view ending) {
        return name.size() > ending.size() && name.ends_with(ending);
    });
}

}  // namespace envkeep::keep

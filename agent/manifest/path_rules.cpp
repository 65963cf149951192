// SPDX-License-Identifier: MIT
#include "manifest/path_rules.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/manifest/store_parts.hpp"
#include "manifest/variables.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::manifest {
namespace {

constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_path = 4095;

constexpr std::string_view keep_folders_hint =
    "keep what is in it one by one, such as .local, .ssh and .jupyter";

tl::unexpected<Error> refused_path(std::string message, std::string_view hint) {
    return failure(ErrorKind::invalid_manifest, std::move(message), std::string(hint));
}

Result<void> check_name(std::string_view path, std::string_view name) {
    if (name == "..") {
        return refused_path(fmt::format("path {} climbs with '..'", quoted(path)),
                            "write the place itself, from the home or from /");
    }
    if (name.size() > longest_name) {
        return refused_path(
            fmt::format("path {} holds a name of {} bytes", quoted(path), name.size()),
            fmt::format("no file system takes more than {}", longest_name));
    }
    return {};
}

// Most paths of a long manifest are in their normal form already: one look, no copies.
bool is_normal(std::string_view path) {
    if (path.size() > longest_name || path.front() == '~') {
        return false;
    }
    std::size_t begin = path.front() == '/' ? 1 : 0;
    while (begin < path.size()) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string_view name = path.substr(begin, end - begin);
        if (name.empty() || name == "." || name == ".." || end + 1 == path.size()) {
            return false;
        }
        begin = end + 1;
    }
    return path.find('\0') == std::string_view::npos;
}

// "[" without "]" and "**" inside a name.
Result<void> check_globs(std::string_view path) {
    if (!is_pattern(path)) {
        return {};
    }
    for (const std::string_view name : split(path, '/')) {
        std::size_t open = name.find('[');
        while (open != std::string_view::npos && open > 0 && name[open - 1] == '\\') {
            open = name.find('[', open + 1);
        }
        if (open != std::string_view::npos && name.find(']', open + 2) == std::string_view::npos) {
            return refused_path(
                fmt::format("pattern {} opens '[' and does not close it", quoted(path)),
                "write [abc] for one of these characters, or \\[ for the character "
                "itself");
        }
        if (name != "**" && name.find("**") != std::string_view::npos) {
            return refused_path(
                fmt::format("pattern {} holds '**' beside other text", quoted(path)),
                "'**' stands alone between slashes: a/**/b");
        }
    }
    return {};
}

bool is_wild_only(std::string_view name) {
    return name.find_first_not_of("*?./") == std::string_view::npos;
}

Result<void> check_not_a_root(std::string_view normal, std::string_view hint) {
    if (normal.empty()) {
        return refused_path("this is the home itself", hint);
    }
    if (normal == "/") {
        return refused_path("this is the whole file system", hint);
    }
    return {};
}

Result<void> check_not_everything(std::string_view normal) {
    ENVKEEP_CHECK(check_not_a_root(normal, keep_folders_hint));
    const std::string_view below = normal.starts_with('/') ? normal.substr(1) : normal;
    if (is_wild_only(below.substr(0, below.find('/')))) {
        return refused_path(fmt::format("pattern {} takes in everything", quoted(normal)),
                            keep_folders_hint);
    }
    return {};
}

Result<void> check_not_own(std::string_view normal) {
    if (normal.find(".envkeep") == std::string_view::npos) {
        return {};
    }
    for (const std::string_view name : split(normal, '/')) {
        if (name.starts_with(".envkeep")) {
            return refused_path(fmt::format("{} is envkeep's own", quoted(normal)),
                                "take the entry out: envkeep looks after it by itself");
        }
    }
    return {};
}

}  // namespace

bool is_pattern(std::string_view path) {
    return path.find_first_of("*?[") != std::string_view::npos;
}

Result<std::string> normal_path(std::string_view path) {
    if (path.empty()) {
        return refused_path("an empty path",
                            "name a place in the home, such as .ssh, or an absolute path");
    }
    if (is_normal(path)) {
        return std::string(path);
    }
    if (path.find('\0') != std::string_view::npos) {
        return refused_path(fmt::format("path {} holds a NUL character", quoted(path)),
                            "take it out");
    }
    if (path.starts_with('~') && path.substr(0, path.find('/')) != "~") {
        return refused_path(fmt::format("path {} names another's home", quoted(path)),
                            "only ~/ is known: write the other place from /");
    }
    std::string normal;
    for (const std::string_view name : split(path.substr(path.starts_with('~') ? 1 : 0), '/')) {
        if (name.empty() || name == ".") {
            continue;
        }
        ENVKEEP_CHECK(check_name(path, name));
        normal += '/';
        normal += name;
    }
    if (normal.size() > longest_path) {
        return refused_path(fmt::format("a path of {} bytes", normal.size()),
                            fmt::format("no system call takes more than {}", longest_path));
    }
    if (path.starts_with('/')) {
        return normal.empty() ? "/" : normal;
    }
    return normal.empty() ? normal : normal.substr(1);
}

Result<std::string> written_path(std::string_view path) {
    if (path.find('$') == std::string_view::npos) {
        return normal_path(path);
    }
    ENVKEEP_CHECK(split_variables(path));
    for (const std::string_view home : {"$HOME", "${HOME}"}) {
        if (path.starts_with(home) && (path.size() == home.size() || path[home.size()] == '/')) {
            return normal_path(fmt::format("~{}", path.substr(home.size())));
        }
    }
    return normal_path(path);
}

Result<void> check_place(std::string_view normal) {
    ENVKEEP_CHECK(check_not_a_root(normal, "name a file or folder of its own, such as ~/work"));
    return check_not_own(normal);
}

Result<void> check_keep_path(std::string_view normal) {
    ENVKEEP_CHECK(check_not_everything(normal));
    ENVKEEP_CHECK(check_globs(normal));
    for (const std::string_view name : split(is_pattern(normal) ? normal : "", '/')) {
        if (name == "**") {
            return refused_path(fmt::format("pattern {} goes over several folders", quoted(normal)),
                                "a keep matches names in one folder: '*' for any name");
        }
    }
    return check_not_own(normal);
}

Result<void> check_mode_pattern(std::string_view normal) {
    ENVKEEP_CHECK(check_not_a_root(normal, "name a path in it, or a pattern such as bin/*"));
    if (is_wild_only(normal)) {
        return refused_path(fmt::format("pattern {} takes in everything", quoted(normal)),
                            "name a path, or a pattern such as bin/* or **/*.key");
    }
    ENVKEEP_CHECK(check_globs(normal));
    return check_not_own(normal);
}

Result<void> check_store_side(std::string_view normal) {
    if (normal.empty() || normal == "/") {
        return refused_path("this is no place of its own",
                            "name the file or folder, such as /storage/data");
    }
    if (is_pattern(normal)) {
        return refused_path(fmt::format("{} is a pattern", quoted(normal)),
                            "name one place in the store");
    }
    const std::string_view first = normal.substr(0, normal.find('/'));
    if (is_store_part(first)) {
        return refused_path(fmt::format("{} is envkeep's own part of the store", quoted(first)),
                            fmt::format("write 'home/{}', or an absolute path", normal));
    }
    return check_not_own(normal);
}

Result<void> check_exclusion(std::string_view pattern) {
    if (pattern.starts_with('/') || pattern.starts_with('~')) {
        return refused_path(
            fmt::format("{} is not relative", quoted(pattern)),
            "what stays out is named from the kept folder: 'cache', '*.log', '**/tmp'");
    }
    for (const std::string_view name : split(pattern, '/')) {
        ENVKEEP_CHECK(check_name(pattern, name));
    }
    if (pattern.find_first_not_of("./") == std::string_view::npos) {
        return refused_path(fmt::format("{} is the kept folder itself", quoted(pattern)),
                            "name what is in it");
    }
    return check_globs(pattern);
}

}  // namespace envkeep::manifest

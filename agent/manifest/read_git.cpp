// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "manifest/git_rules.hpp"
#include "manifest/parse_yaml.hpp"
#include "manifest/path_rules.hpp"
#include "manifest/sections.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::manifest {
namespace {

std::optional<std::string> read_checked(Reader& reader,
                                        Value value,
                                        std::string_view name,
                                        TextCheck check) {
    std::optional<std::string> text = read_text(reader, value, name);
    if (!text) {
        return std::nullopt;
    }
    if (const Result<void> sound = check(*text); !sound) {
        reader.report(value, sound.error());
        return std::nullopt;
    }
    return text;
}

using ReadPlace = std::optional<std::string> (*)(Reader& reader, Value value);

std::vector<std::pair<std::string, std::string>> read_link_map(Reader& reader,
                                                               Value map,
                                                               ReadPlace read_place) {
    std::vector<std::pair<std::string, std::string>> links;
    const std::vector<Value> nodes = map.children();
    for (std::size_t i = 0; i + 1 < nodes.size(); i += 2) {
        const auto from =
            read_checked(reader, nodes[i], "a path in the repository", check_repository_path);
        const auto to = read_place(reader, nodes[i + 1]);
        if (from && to) {
            links.emplace_back(*from, *to);
        }
    }
    return links;
}

std::optional<std::string> read_place(Reader& reader, Value value) {
    return read_path(reader, value, "a path in the home", check_place);
}

// What a repository says is no word of the user's: only the home, and no variables.
Result<void> check_place_in_home(std::string_view path) {
    constexpr std::string_view hint = "write it from the home, such as .vimrc or ~/.vimrc";
    if (path.starts_with('/') || path.find('$') != std::string_view::npos) {
        return failure(ErrorKind::invalid_manifest,
                       fmt::format("{} is no path in the home", quoted(path)),
                       std::string(hint));
    }
    return normal_path(path).and_then(
        [](const std::string& normal) { return check_place(normal); });
}

std::optional<std::string> read_place_in_home(Reader& reader, Value value) {
    const auto path = read_checked(reader, value, "a path in the home", check_place_in_home);
    return path ? std::optional(normal_path(*path).value_or(*path)) : std::nullopt;
}

void read_links(Reader& reader, Value value, Dotfiles& dotfiles) {
    if (value.is_text() && value.text() == "auto") {
        return;
    }
    if (value.is_text()) {
        assign(dotfiles.link_file, read_checked(reader, value, "'link'", check_repository_path));
        dotfiles.link_auto = false;
        return;
    }
    if (!is_sound(reader, value, NodeKind::map, "'link'")) {
        return;
    }
    dotfiles.link_auto = false;
    dotfiles.links = read_link_map(reader, value, read_place);
    if (value.children().empty()) {
        reader.report(value, "'link' is empty", "write auto, or name what is to be linked");
    }
}

constexpr auto dotfiles_fields = std::to_array<Field<Dotfiles>>({
    {"url",
     [](Reader& reader, Value value, Dotfiles& dotfiles) {
         assign(dotfiles.url, read_checked(reader, value, "'url'", check_git_url));
     }},
    {"branch",
     [](Reader& reader, Value value, Dotfiles& dotfiles) {
         assign(dotfiles.branch, read_checked(reader, value, "'branch'", check_ref_name));
     }},
    {"subfolder",
     [](Reader& reader, Value value, Dotfiles& dotfiles) {
         assign(dotfiles.subfolder,
                read_checked(reader, value, "'subfolder'", check_repository_path));
     }},
    {"link", read_links},
    {"ignore",
     [](Reader& reader, Value value, Dotfiles& dotfiles) {
         assign(dotfiles.ignore, read_texts(reader, value, "'ignore'", check_exclusion));
     }},
    {"submodules",
     [](Reader& reader, Value value, Dotfiles& dotfiles) {
         assign(dotfiles.submodules, read_flag(reader, value, "'submodules'"));
     }},
    {"token",
     [](Reader& reader, Value value, Dotfiles& dotfiles) {
         assign(dotfiles.token, read_checked(reader, value, "'token'", check_token_variable));
     }},
    {"push",
     [](Reader& reader, Value value, Dotfiles& dotfiles) {
         assign(dotfiles.push, read_push(reader, value));
     }},
    {"when",
     [](Reader& reader, Value value, Dotfiles& dotfiles) {
         assign(dotfiles.when, read_condition(reader, value));
     }},
});

constexpr auto repository_fields = std::to_array<Field<Repository>>({
    {"url",
     [](Reader& reader, Value value, Repository& repository) {
         assign(repository.url, read_checked(reader, value, "'url'", check_git_url));
     }},
    {"dir",
     [](Reader& reader, Value value, Repository& repository) {
         assign(repository.dir, read_path(reader, value, "'dir'", check_place));
     }},
    {"branch",
     [](Reader& reader, Value value, Repository& repository) {
         assign(repository.branch, read_checked(reader, value, "'branch'", check_ref_name));
     }},
    {"tag",
     [](Reader& reader, Value value, Repository& repository) {
         assign(repository.tag, read_checked(reader, value, "'tag'", check_ref_name));
     }},
    {"commit",
     [](Reader& reader, Value value, Repository& repository) {
         assign(repository.commit, read_checked(reader, value, "'commit'", check_commit));
     }},
    {"subfolder",
     [](Reader& reader, Value value, Repository& repository) {
         assign(repository.subfolder,
                read_checked(reader, value, "'subfolder'", check_repository_path));
     }},
    {"shallow",
     [](Reader& reader, Value value, Repository& repository) {
         assign(repository.shallow, read_flag(reader, value, "'shallow'"));
     }},
    {"submodules",
     [](Reader& reader, Value value, Repository& repository) {
         assign(repository.submodules, read_flag(reader, value, "'submodules'"));
     }},
    {"token",
     [](Reader& reader, Value value, Repository& repository) {
         assign(repository.token, read_checked(reader, value, "'token'", check_token_variable));
     }},
    {"push",
     [](Reader& reader, Value value, Repository& repository) {
         assign(repository.push, read_push(reader, value));
     }},
    {"when",
     [](Reader& reader, Value value, Repository& repository) {
         assign(repository.when, read_condition(reader, value));
     }},
});

void require(Reader& reader, Value map, std::string_view key, std::string_view hint) {
    if (map.is_map() && !map.find(key)) {
        reader.report(map, fmt::format("'{}' is missing", key), std::string(hint));
    }
}

}  // namespace

std::optional<Push> read_push(Reader& reader, Value value) {
    return read_choice(reader, value, "'push'", push_words);
}

std::optional<Dotfiles> read_dotfiles(Reader& reader, Value value) {
    if (value.is_text()) {
        reader.report(value,
                      "'dotfiles' must be a map, not a text",
                      "write {url: ...} with the repository's URL");
        return std::nullopt;
    }
    Dotfiles dotfiles;
    const std::size_t before = reader.count();
    read_fields<Dotfiles>(reader, value, "'dotfiles'", dotfiles_fields, dotfiles);
    require(reader, value, "url", "add the repository's URL");
    dotfiles.mark = reader.mark(value);
    return reader.count() == before ? std::optional(std::move(dotfiles)) : std::nullopt;
}

std::optional<Repository> read_repository(Reader& reader, Value value) {
    if (value.is_text()) {
        reader.report(value,
                      "an entry of 'repos' must be a map, not a text",
                      "write '- {url: ..., dir: ...}'");
        return std::nullopt;
    }
    Repository repository;
    const std::size_t before = reader.count();
    read_fields<Repository>(reader, value, "an entry of 'repos'", repository_fields, repository);
    require(reader, value, "url", "add the repository's URL");
    require(reader, value, "dir", "say where it is to stand, such as /notebooks/fastbook");
    const int pins = static_cast<int>(!repository.branch.empty()) +
                     static_cast<int>(!repository.tag.empty()) +
                     static_cast<int>(!repository.commit.empty());
    if (pins > 1) {
        reader.report(value,
                      "more than one of 'branch', 'tag' and 'commit'",
                      "each says which state is wanted: leave one");
    }
    const std::optional<Value> push = value.is_map() ? value.find("push") : std::nullopt;
    if (push && repository.push != Push::never &&
        !(repository.tag.empty() && repository.commit.empty())) {
        const std::string_view pin = repository.tag.empty() ? "commit" : "tag";
        reader.report(*push,
                      fmt::format("'push' does not go with '{0}': a {0} stands still", pin),
                      "leave one of the two; what is pushed goes to a branch");
    }
    repository.mark = reader.mark(value);
    return reader.count() == before ? std::optional(std::move(repository)) : std::nullopt;
}

std::optional<std::string> read_known_host(Reader& reader, Value value) {
    return read_checked(reader, value, "an entry of 'known_hosts'", check_known_host);
}

Links read_link_file(std::string_view text, const std::string& file) {
    Links links;
    const SourceText source{std::string(text)};
    const Parsed parsed = parse_yaml(source);
    Reader reader(source, file, 0, links.problems);
    for (const Fault& fault : parsed.faults) {
        reader.report(fault.position, fault.message, fault.hint);
    }
    const std::optional<Value> map = parsed.tree.root();
    if (map && is_sound(reader, *map, NodeKind::map, "a file of links")) {
        links.links = read_link_map(reader, *map, read_place_in_home);
    }
    return links;
}

std::vector<KnownKeys> git_keys() {
    return {{.schema_name = "dotfiles", .keys = keys_of<Dotfiles>(dotfiles_fields)},
            {.schema_name = "repository", .keys = keys_of<Repository>(repository_fields)}};
}

}  // namespace envkeep::manifest

// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "manifest/git_rules.hpp"
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

void read_links(Reader& reader, Value value, Dotfiles& dotfiles) {
    if (value.is_text() && value.text() == "auto") {
        return;
    }
    if (value.is_text()) {
        reader.report(value,
                      fmt::format("'link' cannot be {}", quoted(value.text())),
                      "write auto, or a map of repository path: home path");
        return;
    }
    if (!is_sound(reader, value, NodeKind::map, "'link'")) {
        return;
    }
    dotfiles.link_auto = false;
    const std::vector<Value> nodes = value.children();
    for (std::size_t i = 0; i + 1 < nodes.size(); i += 2) {
        const auto from =
            read_checked(reader, nodes[i], "a path in the repository", check_repository_path);
        const auto to = read_path(reader, nodes[i + 1], "a path in the home", check_place);
        if (from && to) {
            dotfiles.links.emplace_back(*from, *to);
        }
    }
    if (nodes.empty()) {
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
    repository.mark = reader.mark(value);
    return reader.count() == before ? std::optional(std::move(repository)) : std::nullopt;
}

std::optional<std::string> read_known_host(Reader& reader, Value value) {
    return read_checked(reader, value, "an entry of 'known_hosts'", check_known_host);
}

std::vector<KnownKeys> git_keys() {
    return {{.schema_name = "dotfiles", .keys = keys_of<Dotfiles>(dotfiles_fields)},
            {.schema_name = "repository", .keys = keys_of<Repository>(repository_fields)}};
}

}  // namespace envkeep::manifest

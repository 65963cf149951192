// SPDX-License-Identifier: MIT
#include "manifest/file_content.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace envkeep::manifest {
namespace {

constexpr std::string_view our_version = "1";

void ignore(Reader& /*reader*/, Value /*value*/, FileContent& /*content*/) {}

void read_include(Reader& reader, Value value, FileContent& content) {
    const auto add = [&](Value one) {
        std::optional<std::string> path = read_text(reader, one, "a path of 'include'");
        if (!path) {
            return;
        }
        if (path->find_first_of("$*?[") != std::string::npos || path->starts_with('~')) {
            reader.report(one,
                          fmt::format("{} is not the plain path of a file", quoted(*path)),
                          "write it from / or from the folder of this file; patterns and "
                          "variables are not read here");
            return;
        }
        content.includes.push_back({.path = *std::move(path), .value = one});
    };
    if (!value.is_list()) {
        add(value);
    } else if (is_sound(reader, value, NodeKind::list, "'include'")) {
        value.for_each(add);
    }
}

// A section that may be empty, as long lists are while they are edited.
template <typename T>
void read_list(Reader& reader,
               Value value,
               std::string_view name,
               std::optional<T> (*read_one)(Reader&, Value),
               std::vector<T>& entries) {
    if (!value.is_null()) {
        assign(entries, read_each<T>(reader, value, name, read_one));
    }
}

constexpr auto content_fields = std::to_array<Field<FileContent>>({
    {"envkeep", ignore, Emptiness::allowed},
    {"include", read_include},
    {"keep",
     [](Reader& reader, Value value, FileContent& content) {
         read_list(reader, value, "'keep'", read_keep, content.manifest.keeps);
     },
     Emptiness::allowed},
    {"modes",
     [](Reader& reader, Value value, FileContent& content) {
         if (!value.is_null()) {
             content.manifest.modes = read_modes(reader, value);
         }
     },
     Emptiness::allowed},
    {"dotfiles",
     [](Reader& reader, Value value, FileContent& content) {
         content.manifest.dotfiles = read_dotfiles(reader, value);
     }},
    {"repos",
     [](Reader& reader, Value value, FileContent& content) {
         read_list(reader, value, "'repos'", read_repository, content.manifest.repositories);
     },
     Emptiness::allowed},
    {"known_hosts",
     [](Reader& reader, Value value, FileContent& content) {
         read_list(reader, value, "'known_hosts'", read_known_host, content.manifest.known_hosts);
     },
     Emptiness::allowed},
    {"env",
     [](Reader& reader, Value value, FileContent& content) {
         if (!value.is_null()) {
             content.manifest.environment = read_environment(reader, value);
         }
     },
     Emptiness::allowed},
    {"packages",
     [](Reader& reader, Value value, FileContent& content) {
         content.manifest.packages = read_packages(reader, value);
     }},
    {"snapshot",
     [](Reader& reader, Value value, FileContent& content) {
         content.snapshot = read_snapshot(reader, value);
     }},
    {"gpu",
     [](Reader& reader, Value value, FileContent& content) {
         content.manifest.gpu = read_gpu(reader, value);
     }},
    {"doctor",
     [](Reader& reader, Value value, FileContent& content) {
         content.manifest.doctor = read_doctor(reader, value);
     }},
    {"start",
     [](Reader& reader, Value value, FileContent& content) {
         content.start = read_start(reader, value);
     }},
    {"save",
     [](Reader& reader, Value value, FileContent& content) {
         content.save = read_save(reader, value);
     }},
    {"backups",
     [](Reader& reader, Value value, FileContent& content) {
         content.backups = read_backups(reader, value);
     }},
});

void report_missing_version(Reader& reader, Value root) {
    reader.report(root,
                  "the version is missing",
                  "write 'envkeep: 1' as the first line: it says which rules the file follows");
}

// Whether the rest of the file can be read by our rules.
bool is_our_version(Reader& reader, Value root) {
    const std::optional<Value> version = root.find("envkeep");
    if (!version || version->is_null()) {
        report_missing_version(reader, version ? *version : root);
        return true;
    }
    if (!is_sound(reader, *version, NodeKind::text, "'envkeep'")) {
        return true;
    }
    if (version->text() == our_version) {
        if (!version->is_plain()) {
            reader.report(*version,
                          "the version is a number, not a text",
                          "write 'envkeep: 1', without quotes");
        }
        return true;
    }
    const std::string_view text = version->text();
    const bool is_newer = text.find_first_not_of("0123456789") == std::string_view::npos &&
                          text.find_first_not_of('0') != std::string_view::npos;
    if (is_newer) {
        reader.report(*version,
                      fmt::format("this manifest follows version {}, this envkeep reads version {}",
                                  printable(text),
                                  our_version),
                      "get a newer envkeep, or write 'envkeep: 1' if the file holds nothing newer");
        return false;
    }
    reader.report(*version,
                  fmt::format("'envkeep' is the version of the rules, not {}", quoted(text)),
                  "write 'envkeep: 1'");
    return true;
}

}  // namespace

FileContent read_content(Reader& reader, const Parsed& parsed) {
    FileContent content;
    const std::optional<Value> root = parsed.tree.root();
    if (!root || root->is_null()) {
        reader.report(0,
                      "the manifest is empty",
                      "write 'envkeep: 1' and 'keep:' with what is to be kept, or remove the file "
                      "and run 'envkeep init'");
        return content;
    }
    if (!root->is_map()) {
        const bool has_key = root->is_text() && root->text().starts_with("envkeep");
        reader.report(*root,
                      "a manifest is made of 'key: value' lines",
                      has_key || root->is_text() ? "write 'envkeep: 1': a key is followed by ': '"
                                                 : "put the list below a key: 'keep:'");
        return content;
    }
    // One that stands in another document, or was cut off with the last entry, is not missing.
    const bool may_have_version = parsed.has_more_documents && !root->find("envkeep");
    if (may_have_version || is_our_version(reader, *root)) {
        read_fields<FileContent>(reader, *root, "the manifest", content_fields, content);
    }
    return content;
}

KnownKeys manifest_keys() {
    return {.schema_name = "manifest", .keys = keys_of<FileContent>(content_fields)};
}

std::vector<KnownKeys> known_keys() {
    std::vector<KnownKeys> all{manifest_keys(), keep_keys(), condition_keys(), variable_keys()};
    for (const std::vector<KnownKeys>& some : {git_keys(), settings_keys()}) {
        all.insert(all.end(), some.begin(), some.end());
    }
    return all;
}

}  // namespace envkeep::manifest

// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "manifest/path_rules.hpp"
#include "manifest/sections.hpp"

#include <fmt/format.h>

#include <array>

namespace envkeep::manifest {
namespace {

void read_store_side(Reader& reader, Value value, Keep& keep) {
    const bool is_in_home =
        value.is_text() && (value.text().starts_with("~/") || value.text().starts_with("$HOME/"));
    if (auto path = read_path(reader, value, "'to'", is_in_home ? check_place : check_store_side)) {
        keep.to = *std::move(path);
    }
}

void read_preset(Reader& reader, Value value, Keep& keep) {
    if (value.is_text() && value.text().find_first_not_of("0o1234567") == std::string_view::npos) {
        reader.report(value,
                      "'modes' of a keep is the name of a preset",
                      "exact modes stand in 'modes:' beside 'keep:', as path: \"0600\"");
        return;
    }
    assign(keep.preset, read_choice(reader, value, "'modes'", preset_words));
}

constexpr auto keep_fields = std::to_array<Field<Keep>>({
    {"path",
     [](Reader& reader, Value value, Keep& keep) {
         assign(keep.path, read_path(reader, value, "'path'", check_keep_path));
     }},
    {"to", read_store_side},
    {"kind",
     [](Reader& reader, Value value, Keep& keep) {
         assign(keep.kind, read_choice(reader, value, "'kind'", kind_words));
     }},
    {"how",
     [](Reader& reader, Value value, Keep& keep) {
         assign(keep.how, read_choice(reader, value, "'how'", how_words));
     }},
    {"children",
     [](Reader& reader, Value value, Keep& keep) {
         assign(keep.children, read_flag(reader, value, "'children'"));
     }},
    {"per",
     [](Reader& reader, Value value, Keep& keep) {
         assign(keep.per_python, read_choice(reader, value, "'per'", per_words));
     }},
    {"on_conflict",
     [](Reader& reader, Value value, Keep& keep) {
         assign(keep.on_conflict, read_choice(reader, value, "'on_conflict'", side_words));
     }},
    {"modes", read_preset},
    {"exclude",
     [](Reader& reader, Value value, Keep& keep) {
         assign(keep.exclude, read_texts(reader, value, "'exclude'", check_exclusion));
     }},
    {"when",
     [](Reader& reader, Value value, Keep& keep) {
         assign(keep.when, read_condition(reader, value));
     }},
});

// The store holds a linked folder whole: what a program makes in it later is there at once.
void check_exclusions(Reader& reader, Value value, const Keep& keep) {
    if (keep.how != How::link) {
        return;
    }
    const std::optional<Value> patterns = value.find("exclude");
    const auto check = [&](Value pattern) {
        if (pattern.text().find("**") != std::string_view::npos) {
            reader.report(pattern,
                          fmt::format("{} may match anywhere in folders that are linked whole",
                                      quoted(pattern.text())),
                          "say in which folders, as in 'app/Cache' or '*/Cache', or write "
                          "'how: copy'");
        }
    };
    if (patterns && patterns->is_list()) {
        patterns->for_each(check);
    } else if (patterns) {
        check(*patterns);
    }
}

// Keys that say no together.
void check_together(Reader& reader, Value value, const Keep& keep) {
    const bool wants_inside = keep.children || keep.per_python || !keep.exclude.empty();
    if (keep.kind == KeepKind::file && wants_inside) {
        reader.report(value,
                      "a file has no children to choose from",
                      "take out 'kind: file', or 'children', 'per' and 'exclude'");
    }
    if (keep.how == How::merge && (keep.kind == KeepKind::folder || !keep.exclude.empty())) {
        reader.report(value,
                      "'how: merge' is for one file",
                      "take out 'kind: folder' and 'exclude', or write 'how: copy'");
    }
    if (keep.per_python && keep.how == How::packed) {
        reader.report(value,
                      "'per: python' is not needed with 'how: packed'",
                      "take out 'per': a real folder has the parts of all versions");
    } else if (keep.per_python && (keep.children || keep.how != How::link)) {
        reader.report(value,
                      "'per: python' links the parts of a folder by itself",
                      "take out 'children' and 'how'");
    }
    if (keep.children && keep.how == How::packed) {
        reader.report(value,
                      "'children' is not needed with 'how: packed'",
                      "take out 'children': what is real at home stays beside it");
    } else if (keep.children && keep.how != How::link) {
        reader.report(value,
                      "'children' links the entries of a folder, it does not copy them",
                      "take out 'children' or 'how'");
    }
    if (is_pattern(keep.path) && (keep.to || keep.per_python)) {
        reader.report(value,
                      fmt::format("pattern {} may match several paths, '{}' is for one",
                                  quoted(keep.path),
                                  keep.to ? "to" : "per"),
                      "write one entry for each path");
    }
}

// `- .ssh: {how: copy}`, as other tools write it.
bool is_path_as_key(Value value) {
    const std::vector<Value> nodes = value.children();
    if (nodes.size() != 2 || !nodes[0].is_text() || nodes[1].is_text() || nodes[1].is_list()) {
        return false;
    }
    return std::ranges::none_of(
        keep_fields, [&](const Field<Keep>& field) { return field.key == nodes[0].text(); });
}

std::optional<Keep> read_map(Reader& reader, Value value) {
    if (is_path_as_key(value)) {
        const std::string path = printable(value.children().front().text());
        reader.report(value,
                      fmt::format("the path '{}' stands where a key belongs", path),
                      value.children().back().is_null()
                          ? fmt::format("take the ':' out: '- {}'", path)
                          : fmt::format("write it as '- {{path: {}, ...}}'", path));
        return std::nullopt;
    }
    Keep keep;
    const std::size_t before = reader.count();
    read_fields<Keep>(reader, value, "an entry of 'keep'", keep_fields, keep);
    if (!value.find("path")) {
        reader.report(value, "'path' is missing", "write '- {path: .ssh, ...}' or just '- .ssh'");
    }
    if (reader.count() == before) {
        check_together(reader, value, keep);
        check_exclusions(reader, value, keep);
    }
    return reader.count() == before ? std::optional(std::move(keep)) : std::nullopt;
}

}  // namespace

std::optional<std::string> read_path(Reader& reader,
                                     Value value,
                                     std::string_view name,
                                     PathCheck check) {
    std::optional<std::string> text = read_text(reader, value, name);
    if (!text) {
        return std::nullopt;
    }
    const Result<std::string> normal = written_path(*text);
    const Result<void> sound =
        normal ? check(*normal) : Result<void>(tl::unexpected(normal.error()));
    if (!sound) {
        reader.report(value, sound.error());
        return std::nullopt;
    }
    return text;
}

std::optional<Keep> read_keep(Reader& reader, Value value) {
    std::optional<Keep> keep;
    if (value.is_map()) {
        keep = read_map(reader, value);
    } else if (value.is_list()) {
        reader.report(value,
                      "an entry of 'keep' must be a text or a map, not a list",
                      "write one path, or {path: ...}, behind each '- '");
    } else if (auto path = read_path(reader, value, "an entry of 'keep'", check_keep_path)) {
        keep.emplace();
        keep->path = *std::move(path);
    }
    if (keep) {
        keep->mark = reader.mark(value);
    }
    return keep;
}

KnownKeys keep_keys() {
    return {.schema_name = "keep", .keys = keys_of<Keep>(keep_fields)};
}

}  // namespace envkeep::manifest

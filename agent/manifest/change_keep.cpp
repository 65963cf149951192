// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/manifest/edit.hpp"
#include "manifest/edit_page.hpp"
#include "manifest/edit_result.hpp"
#include "manifest/values.hpp"
#include "manifest/words.hpp"
#include "manifest/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::manifest {
namespace {

struct KeepField {
    std::string_view key;
    std::string value;
};

std::vector<KeepField> fields_of(const KeepChange& change) {
    std::vector<KeepField> fields;
    if (change.how) {
        fields.push_back({"how", std::string(word_of(how_words, *change.how))});
    }
    if (change.per_python) {
        fields.push_back({"per", "python"});
    }
    return fields;
}

// A bare path becomes a map.
std::string map_of(const Value& path, const std::vector<KeepField>& fields) {
    FlowMap map;
    map.add("path", yaml_text(path.text()));
    for (const KeepField& field : fields) {
        map.add(field.key, field.value);
    }
    return map.text();
}

std::string with_fields(const Page& page,
                        const Value& entry,
                        std::vector<KeepField> fields,
                        const std::optional<std::string>& exclude) {
    const std::string excluded = exclude ? yaml_text(*exclude) : std::string();
    if (!entry.is_map()) {
        if (exclude) {
            fields.push_back({"exclude", fmt::format("[{}]", excluded)});
        }
        return with(page.text(),
                    {{.range = {.begin = entry.position(), .end = end_of_value(entry)},
                      .text = map_of(entry, fields)}});
    }
    std::vector<Replacement> changes;
    for (const KeepField& field : fields) {
        const std::optional<Value> there = entry.find(field.key);
        changes.push_back(
            there ? Replacement{.range = {.begin = there->position(), .end = end_of_value(*there)},
                                .text = field.value}
                  : new_field(page, entry, "path", {field.key, field.value}));
    }
    if (exclude) {
        changes.push_back(
            one_more(page, entry, {.key = "exclude", .under = "path", .entry = excluded}));
    }
    return with(page.text(), changes);
}

}  // namespace

Result<std::string> change_keep(std::string_view text,
                                std::string_view path,
                                const KeepChange& change) {
    const Reading before = read_for_edit(text);
    const Page page(text);
    ENVKEEP_TRY(const FoundEntry found, find_entry(page, before, path, "change"));
    const std::optional<Value> entry = page.entry_at(page.list().positions[found.index]);
    if (!entry) {
        return not_editable(before);
    }
    Manifest wanted = before.manifest;
    Keep& keep = wanted.keeps[found.keep];
    keep.how = change.how.value_or(keep.how);
    keep.per_python = keep.per_python || change.per_python;
    const bool is_excluded =
        !change.exclude || std::ranges::find(keep.exclude, *change.exclude) != keep.exclude.end();
    if (!is_excluded) {
        keep.exclude.push_back(*change.exclude);
    }
    if (keep == before.manifest.keeps[found.keep]) {
        return std::string(text);
    }
    return checked(
        fmt::format(
            "{}{}",
            mark_of(text),
            with_fields(
                page, *entry, fields_of(change), is_excluded ? std::nullopt : change.exclude)),
        before,
        wanted);
}

}  // namespace envkeep::manifest

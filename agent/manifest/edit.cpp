// SPDX-License-Identifier: MIT
#include "envkeep/manifest/edit.hpp"

#include "envkeep/core/text.hpp"
#include "manifest/edit_page.hpp"
#include "manifest/edit_result.hpp"
#include "manifest/path_rules.hpp"
#include "manifest/variables.hpp"
#include "manifest/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::manifest {
namespace {

std::string with_flow_entry(const Page& page, const std::string& entry) {
    const KeepList& list = page.list();
    if (list.entries.empty()) {
        const TextRange inside{.begin = list.list.begin + 1, .end = list.list.end - 1};
        const bool is_blank =
            trimmed(page.text().substr(inside.begin, inside.end - inside.begin)).empty();
        return with(
            page.text(),
            {{.range = is_blank ? inside : TextRange{.begin = inside.begin, .end = inside.begin},
              .text = entry}});
    }
    const TextRange& last = list.entries.back();
    if (!page.has_own_lines(last)) {
        return with(page.text(), {insertion(last.end, ", " + entry)});
    }
    const std::uint32_t line = page.source().line_of(last.begin);
    const std::string indentation(last.begin - page.source().line_begin(line), ' ');
    const bool ends_with_comma = page.after_comma(last.end) != last.end;
    std::vector<Replacement> changes{insertion(
        page.end_of_line(last.end),
        fmt::format("{}{}{}{}", page.line_end(), indentation, entry, ends_with_comma ? "," : ""))};
    if (!ends_with_comma) {
        changes.push_back(insertion(last.end, ","));
    }
    std::ranges::reverse(changes);
    return with(page.text(), changes);
}

std::string with_new_list(const Page& page, const std::string& entry) {
    const KeepList& list = page.list();
    return with_new_section(page,
                            fmt::format("keep: [{}]", entry),
                            fmt::format("{0}keep:{1}{2}- {3}",
                                        std::string(list.root_column, ' '),
                                        page.line_end(),
                                        std::string(list.indentation, ' '),
                                        entry));
}

std::string with_entry(const Page& page, const std::string& entry) {
    const KeepList& list = page.list();
    const std::string line =
        fmt::format("{}{}- {}", page.line_end(), std::string(list.indentation, ' '), entry);
    switch (list.style) {
        case ListStyle::missing:
            return with_new_list(page, entry);
        case ListStyle::flow:
            return with_flow_entry(page, entry);
        case ListStyle::block:
            return with(page.text(), {insertion(list.entries.back().end, line)});
        case ListStyle::empty:
            break;
        case ListStyle::other:
            return std::string(page.text());
    }
    if (list.is_root_flow) {
        return with(page.text(), {{.range = list.list, .text = fmt::format(" [{}]", entry)}});
    }
    const std::uint32_t end = page.end_of_line(page.source().line_begin(list.key_line));
    return with(page.text(), {{.range = list.list, .text = {}}, insertion(end, line)});
}

std::string without_flow_entry(const Page& page, std::size_t index) {
    const std::vector<TextRange>& entries = page.list().entries;
    const TextRange& entry = entries[index];
    const bool is_last = index + 1 == entries.size();
    std::vector<Replacement> changes;
    if (entries.size() == 1) {
        changes.push_back(
            {.range = {.begin = entry.begin, .end = page.after_comma(entry.end)}, .text = {}});
    } else if (page.has_own_lines(entry)) {
        const std::uint32_t line = page.source().line_of(entry.begin);
        const std::uint32_t begin = page.end_of_line(page.source().line_begin(line - 1));
        changes.push_back(
            {.range = {.begin = begin, .end = page.end_of_line(entry.end)}, .text = {}});
        if (is_last && page.after_comma(entry.end) == entry.end) {
            const std::uint32_t comma = page.after_comma(entries[index - 1].end);
            changes.push_back({.range = {.begin = comma - 1, .end = comma}, .text = {}});
        }
    } else if (is_last) {
        changes.push_back(
            {.range = {.begin = entries[index - 1].end, .end = entry.end}, .text = {}});
    } else {
        const std::uint32_t comma = page.after_comma(entry.end);
        const std::size_t next = page.text().find_first_not_of(' ', comma);
        changes.push_back(
            {.range = {.begin = entry.begin, .end = static_cast<std::uint32_t>(next)}, .text = {}});
    }
    return with(page.text(), changes);
}

std::string without_entry(const Page& page, std::size_t index) {
    if (page.list().style == ListStyle::flow) {
        return without_flow_entry(page, index);
    }
    // The line end before it goes too, so that the last line keeps or lacks its own.
    const TextRange& entry = page.list().entries[index];
    const std::uint32_t line = page.source().line_of(entry.begin);
    const std::uint32_t begin =
        line == 0 ? entry.begin : page.end_of_line(page.source().line_begin(line - 1));
    return with(page.text(), {{.range = {.begin = begin, .end = entry.end}, .text = {}}});
}

bool is_same_but_for_spelling(Keep one, const Keep& other) {
    one.path = other.path;
    one.mark = other.mark;
    return one == other;
}

}  // namespace

std::string text_value(std::string_view text) {
    return yaml_text(text);
}

std::string keep_text(const Keep& keep) {
    return "- " + yaml_keep(keep);
}

Result<std::string> exact_path(std::string_view path) {
    if (is_pattern(path)) {
        return failure(
            ErrorKind::usage,
            fmt::format("{} would be read as a pattern, which takes other names too", quoted(path)),
            "rename it first, or keep the folder that it is in");
    }
    return without_variables(path);
}

Result<std::string> add_keep(std::string_view text, const Keep& keep) {
    for (const std::string& path : {keep.path, keep.to.value_or(std::string())}) {
        if (!is_utf8(path)) {
            return failure(ErrorKind::invalid_manifest,
                           fmt::format("{} is no UTF-8, which YAML cannot hold", quoted(path)),
                           "rename it first, or keep the folder that it is in");
        }
    }
    const Reading before = read_for_edit(text);
    for (const Keep* const other : keeps_of(before.manifest, keep.path)) {
        if (is_same_but_for_spelling(keep, *other)) {
            return std::string(text);
        }
    }
    const Page page(text);
    if (!page.is_editable()) {
        return not_editable(before);
    }
    Manifest wanted = before.manifest;
    wanted.keeps.push_back(keep);
    return checked(
        fmt::format("{}{}", mark_of(text), with_entry(page, yaml_keep(keep))), before, wanted);
}

Result<std::string> remove_keep(std::string_view text, std::string_view path) {
    const Reading before = read_for_edit(text);
    const Page page(text);
    ENVKEEP_TRY(const FoundEntry found, find_entry(page, before, path, "take out"));
    Manifest wanted = before.manifest;
    wanted.keeps.erase(wanted.keeps.begin() + static_cast<std::ptrdiff_t>(found.keep));
    return checked(
        fmt::format("{}{}", mark_of(text), without_entry(page, found.index)), before, wanted);
}

Result<std::string> remove_variable(std::string_view text, std::string_view name) {
    const Reading before = read_for_edit(text);
    Manifest wanted = before.manifest;
    const auto found = std::ranges::find(wanted.environment, name, &Variable::name);
    if (found == wanted.environment.end()) {
        return failure(ErrorKind::not_found, fmt::format("the manifest sets no {}", quoted(name)));
    }
    const std::uint32_t line = found->mark.line;  // counted from 1
    wanted.environment.erase(found);
    const Page page(text);
    if (line < 2 || line > page.source().line_count()) {
        return not_editable(before);
    }
    // The line end before it goes too, so that the last line keeps or lacks its own.
    const std::uint32_t begin = page.end_of_line(page.source().line_begin(line - 2));
    const std::uint32_t end = page.end_of_line(page.source().line_begin(line - 1));
    const std::string without =
        with(page.text(), {{.range = {.begin = begin, .end = end}, .text = {}}});
    return checked(fmt::format("{}{}", mark_of(text), without), before, wanted);
}

}  // namespace envkeep::manifest

// SPDX-License-Identifier: MIT
#include "manifest/edit_page.hpp"

#include "envkeep/core/text.hpp"
#include "manifest/yaml_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::manifest {

std::string_view mark_of(std::string_view text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    return text.starts_with(byte_order_mark) ? byte_order_mark : std::string_view();
}

Replacement insertion(std::uint32_t position, std::string text) {
    return {.range = {.begin = position, .end = position}, .text = std::move(text)};
}

std::string with(std::string_view text, std::vector<Replacement> replacements) {
    std::ranges::stable_sort(replacements, [](const Replacement& one, const Replacement& other) {
        return one.range.begin > other.range.begin;
    });
    std::string changed(text);
    for (const Replacement& replacement : replacements) {
        changed.replace(replacement.range.begin,
                        replacement.range.end - replacement.range.begin,
                        replacement.text);
    }
    return changed;
}

Page::Page(std::string_view text) : source_(std::string(text)), parsed_(parse_yaml(source_)) {
    const std::optional<Value> root = parsed_.tree.root();
    is_map_ = root && root->is_map();
    if (is_map_) {
        list_ = find_keep_list(parsed_.tree);
    }
}

std::string_view Page::line_end() const {
    const std::size_t end = text().find('\n');
    return end != std::string_view::npos && end > 0 && text()[end - 1] == '\r' ? "\r\n" : "\n";
}

std::optional<Value> Page::section(std::string_view key) const {
    const std::optional<Value> root = parsed_.tree.root();
    return is_map_ && root ? root->find(key) : std::nullopt;
}

std::optional<Value> Page::entry_at(std::uint32_t position) const {
    const std::optional<Value> keeps = section("keep");
    if (!keeps || !keeps->is_list()) {
        return std::nullopt;
    }
    const std::vector<Value> entries = keeps->children();
    const auto found = std::ranges::find(entries, position, &Value::position);
    return found == entries.end() ? std::nullopt : std::optional(*found);
}

std::uint32_t Page::end_of_line(std::uint32_t position) const {
    const std::uint32_t line = source_.line_of(position);
    return source_.line_begin(line) + static_cast<std::uint32_t>(source_.line(line).size());
}

std::uint32_t Page::after_comma(std::uint32_t position) const {
    const std::size_t next = text().find_first_not_of(" \t\r\n", position);
    return next != std::string_view::npos && text()[next] == ','
               ? static_cast<std::uint32_t>(next) + 1
               : position;
}

bool Page::has_own_lines(const TextRange& entry) const {
    const std::uint32_t begin = source_.line_begin(source_.line_of(entry.begin));
    const std::uint32_t after = std::min(after_comma(entry.end), end_of_line(entry.end));
    const std::string_view before = text().substr(begin, entry.begin - begin);
    const std::string_view rest = trimmed(text().substr(after, end_of_line(entry.end) - after));
    return begin > 0 && trimmed(before).empty() && (rest.empty() || rest.starts_with('#'));
}

Replacement new_field(const Page& page,
                      const Value& map,
                      std::string_view under,
                      const NewField& field) {
    const std::vector<Value> nodes = map.children();
    if (map.is_flow()) {
        return insertion(end_of_value(nodes.back()),
                         fmt::format(", {}: {}", field.key, field.value));
    }
    const std::uint32_t key = nodes.front().position();
    const std::uint32_t column = key - page.source().line_begin(page.source().line_of(key));
    return insertion(
        page.end_of_line(end_of_value(map.find(under).value_or(nodes.front()))),
        fmt::format(
            "{}{}{}: {}", page.line_end(), std::string(column, ' '), field.key, field.value));
}

Replacement one_more(const Page& page, const Value& map, const NewEntry& added) {
    const std::optional<Value> list = map.find(added.key);
    if (!list) {
        return new_field(page, map, added.under, {added.key, fmt::format("[{}]", added.entry)});
    }
    const std::vector<Value> entries =
        list->is_list() ? list->children() : std::vector<Value>{*list};
    if (list->is_list() && !entries.empty()) {
        const std::uint32_t end = end_of_value(entries.back());
        if (list->is_flow()) {
            return insertion(end, ", " + added.entry);
        }
        const std::uint32_t line =
            page.source().line_begin(page.source().line_of(entries.back().position()));
        const std::size_t dash = page.text().find('-', line);
        return insertion(
            page.end_of_line(end),
            fmt::format("{}{}- {}", page.line_end(), std::string(dash - line, ' '), added.entry));
    }
    const std::string before = list->is_text() ? yaml_text(list->text()) + ", " : std::string();
    return {.range = {.begin = list->position(), .end = end_of_value(*list)},
            .text = fmt::format("[{}{}]", before, added.entry)};
}

std::string with_new_section(const Page& page,
                             const std::string& inside,
                             const std::string& lines) {
    const KeepList& list = page.list();
    const std::string_view text = page.text();
    if (list.is_root_flow) {
        const std::size_t last = text.find_last_not_of(" \t\r\n", list.root.end - 2);
        const bool needs_comma = text[last] != ',' && text[last] != '{';
        return with(
            text,
            {insertion(static_cast<std::uint32_t>(last) + 1, (needs_comma ? ", " : " ") + inside)});
    }
    return text.ends_with('\n') ? fmt::format("{}{}{}", text, lines, page.line_end())
                                : fmt::format("{}{}{}", text, page.line_end(), lines);
}

}  // namespace envkeep::manifest

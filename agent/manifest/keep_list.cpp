// SPDX-License-Identifier: MIT
#include "manifest/keep_list.hpp"

#include "manifest/tree_builder.hpp"

#include <algorithm>

namespace envkeep::manifest {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::uint32_t indentation_of(std::string_view line) {
    return narrow(std::min(line.find_first_not_of(' '), line.size()));
}

bool is_blank_or_comment(std::string_view line) {
    const std::size_t first = line.find_first_not_of(blanks);
    return first == std::string_view::npos || line[first] == '#';
}

std::uint32_t end_of_brackets(std::string_view text, std::uint32_t position) {
    std::size_t depth = 0;
    for (std::uint32_t at = position; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '"' || c == '\'') {
            // Quotes open a text only where one can begin: "it's" is plain.
            const std::size_t before = text.find_last_not_of(blanks, at - 1);
            if (std::string_view("[{,:").find(text[before]) != std::string_view::npos) {
                at = end_of_quoted(text, at).value_or(narrow(text.size())) - 1;
            }
        } else if (c == '#' && blanks.find(text[at - 1]) != std::string_view::npos) {
            at = narrow(std::min(text.find('\n', at), text.size()));
        } else if (c == '[' || c == '{') {
            ++depth;
        } else if ((c == ']' || c == '}') && --depth == 0) {
            return at + 1;
        }
    }
    return narrow(text.size());
}

}  // namespace

std::uint32_t end_of_value(const Value& value) {
    const std::string_view text = value.tree().source->text();
    std::size_t at = value.position();
    while (at < text.size() && (text[at] == '&' || text[at] == '!')) {
        at = std::min(text.find_first_of(blanks, at), text.size());
        at = std::min(text.find_first_not_of(blanks, at), text.size());
    }
    if (at >= text.size()) {
        return narrow(text.size());
    }
    if (text[at] == '[' || text[at] == '{') {
        return end_of_brackets(text, narrow(at));
    }
    if (text[at] == '"' || text[at] == '\'') {
        return end_of_quoted(text, narrow(at)).value_or(narrow(text.size()));
    }
    if (text[at] == '*') {
        return narrow(std::min(text.find_first_of(" \t\r\n,]}", at), text.size()));
    }
    return narrow(at + value.text().size());
}

namespace {

// The same for a value whose parts stand on lines of their own.
std::uint32_t end_of_parts(const Value& value) {
    std::uint32_t end = end_of_value(value);
    if (!value.is_flow()) {
        value.for_each([&](const Value& part) { end = std::max(end, end_of_parts(part)); });
    }
    return end;
}

// The line of the '-' before a value that begins at `position`.
std::uint32_t dash_line(const SourceText& source, std::uint32_t position) {
    std::uint32_t line = source.line_of(position);
    const auto has_dash = [&](std::uint32_t index) {
        const std::string_view text = source.line(index);
        const std::size_t first = text.find_first_not_of(' ');
        return first != std::string_view::npos && text[first] == '-' &&
               source.line_begin(index) + first < position;
    };
    while (line > 0 && !has_dash(line)) {
        --line;
    }
    return line;
}

// All lines from the one with the '-' to the last that belongs to the entry.
TextRange block_entry(const SourceText& source, const Value& value) {
    const std::uint32_t first = dash_line(source, value.position());
    const std::uint32_t dash = indentation_of(source.line(first));
    std::uint32_t last = std::max(first, source.line_of(end_of_parts(value) - 1));
    for (std::uint32_t line = last + 1; line < source.line_count(); ++line) {
        const std::string_view text = source.line(line);
        if (is_blank_or_comment(text)) {
            continue;
        }
        if (indentation_of(text) <= dash) {
            break;
        }
        last = std::max(last, line);
    }
    return {.begin = source.line_begin(first),
            .end = source.line_begin(last) + narrow(source.line(last).size())};
}

// The word that stands for nothing after "keep:"; an empty range behind the colon if there is none.
TextRange null_word(const SourceText& source, const Value& key) {
    const std::string_view text = source.text();
    const std::uint32_t after_key = end_of_value(key);
    const std::size_t colon = std::min(text.find(':', after_key), text.size() - 1);
    const std::size_t begin = std::min(text.find_first_not_of(" \t", colon + 1), text.size());
    for (const std::string_view word : {"~", "null", "Null", "NULL"}) {
        if (text.substr(begin).starts_with(word)) {
            return {.begin = narrow(begin), .end = narrow(begin + word.size())};
        }
    }
    return {.begin = narrow(colon + 1), .end = narrow(colon + 1)};
}

void read_entries(const SourceText& source, const Value& list, KeepList& found) {
    found.style = list.is_flow() ? ListStyle::flow : ListStyle::block;
    for (const Value& value : list.children()) {
        if (value.is_null()) {
            found.style = ListStyle::other;
            return;
        }
        found.positions.push_back(value.position());
        found.entries.push_back(
            list.is_flow() ? TextRange{.begin = value.position(), .end = end_of_value(value)}
                           : block_entry(source, value));
    }
    if (list.is_flow()) {
        found.list = {.begin = list.position(), .end = end_of_value(list)};
    }
}

// How lists are indented in this manifest: as in `keep`, else as in the first other one.
std::uint32_t list_indentation(const SourceText& source,
                               const std::vector<Value>& fields,
                               std::uint32_t root_column) {
    for (std::size_t i = 1; i < fields.size(); i += 2) {
        const bool is_keep = fields[i - 1].text() == "keep";
        const std::vector<Value> entries = fields[i].is_list() && !fields[i].is_flow()
                                               ? fields[i].children()
                                               : std::vector<Value>{};
        if (entries.empty() || entries.front().is_null()) {
            continue;
        }
        const std::uint32_t line = dash_line(source, entries.front().position());
        const std::uint32_t indentation = indentation_of(source.line(line));
        if (is_keep || indentation >= root_column) {
            return indentation;
        }
    }
    return root_column + 2;
}

}  // namespace

KeepList find_keep_list(const Tree& tree) {
    const SourceText& source = *tree.source;
    const Value root(tree, 0);
    const std::vector<Value> fields = root.children();
    KeepList found{.is_root_flow = root.is_flow()};
    if (root.is_flow()) {
        found.root = {.begin = root.position(), .end = end_of_value(root)};
    } else if (!fields.empty()) {
        const std::uint32_t first = fields.front().position();
        found.root_column = first - source.line_begin(source.line_of(first));
    }
    found.indentation = list_indentation(source, fields, found.root_column);
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
        if (!fields[i].is_text() || fields[i].text() != "keep") {
            continue;
        }
        found.key_line = source.line_of(fields[i].position());
        if (fields[i + 1].is_null()) {
            found.style = ListStyle::empty;
            found.list = null_word(source, fields[i]);
        } else if (fields[i + 1].is_list()) {
            read_entries(source, fields[i + 1], found);
        } else {
            found.style = ListStyle::other;
        }
        break;
    }
    return found;
}

}  // namespace envkeep::manifest

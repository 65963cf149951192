// SPDX-License-Identifier: MIT
#include "envkeep/python/editable.hpp"

#include "envkeep/core/text.hpp"
#include "python/paths.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace envkeep::python {
namespace {

constexpr std::uint64_t largest_finder = 1U << 20U;

// A string as Python's repr() writes it, with the escapes of quotes and backslashes alone; `text`
// goes behind it.
std::optional<std::string> take_string(std::string_view& text) {
    text = trimmed(text);
    if (!text.starts_with('\'') && !text.starts_with('"')) {
        return std::nullopt;
    }
    const char quote = text.front();
    std::string out;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == quote) {
            text.remove_prefix(i + 1);
            return out;
        }
        if (text[i] == '\\') {
            ++i;
            if (i == text.size() || (text[i] != '\\' && text[i] != '\'' && text[i] != '"')) {
                return std::nullopt;
            }
        }
        out += text[i];
    }
    return std::nullopt;
}

bool take(std::string_view& text, char c) {
    text = trimmed(text);
    const bool is_there = text.starts_with(c);
    text.remove_prefix(is_there ? 1 : 0);
    return is_there;
}

// "{'a': '/x', 'b': '/y'}"
std::vector<EditableName> parse_dictionary(std::string_view text) {
    std::vector<EditableName> names;
    if (!take(text, '{')) {
        return {};
    }
    while (!take(text, '}')) {
        auto name = take_string(text);
        const bool has_colon = take(text, ':');
        auto path = take_string(text);
        if (!name || !has_colon || !path || path->find('\0') != std::string::npos) {
            return {};
        }
        names.push_back({.name = *std::move(name), .path = *std::move(path), .finder = {}});
        if (!take(text, ',') && !trimmed(text).starts_with('}')) {
            return {};
        }
    }
    return names;
}

}  // namespace

// "MAPPING: dict[str, str] = {...}"; older ones without the type.
std::vector<EditableName> parse_finder(std::string_view text) {
    for (const std::string_view line : split(text, '\n')) {
        const std::size_t equals = line.find('=');
        if (line.starts_with("MAPPING") && equals != std::string_view::npos) {
            return parse_dictionary(line.substr(equals + 1));
        }
    }
    return {};
}

std::vector<EditableName> editable_names_in(Folders& folders, const std::string& site) {
    std::vector<EditableName> all;
    for (const system::Entry& entry : folders.in(site)) {
        if (!entry.name.starts_with("__editable___") || !entry.name.ends_with("_finder.py")) {
            continue;
        }
        const std::string file = joined(site, entry.name);
        const auto text = folders.machine().read(file, largest_finder);
        for (EditableName& name : text ? parse_finder(*text) : std::vector<EditableName>{}) {
            name.finder = file;
            all.push_back(std::move(name));
        }
    }
    return all;
}

}  // namespace envkeep::python

// SPDX-License-Identifier: MIT
#include "manifest/yaml_text.hpp"

#include "manifest/source_text.hpp"
#include "manifest/values.hpp"
#include "manifest/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::manifest {
namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_among(char c, std::string_view characters) {
    return characters.find(c) != std::string_view::npos;
}

// Numbers, dates, times of day and booleans are what some YAML reader makes of bare text.
bool is_read_as_text(std::string_view text) {
    const bool is_numeric = is_digit(text.front()) && std::ranges::none_of(text, is_letter);
    return other_meaning(text).empty() && !is_numeric && text != "...";
}

bool is_bare(std::string_view text) {
    if (text.empty() ||
        (!is_letter(text.front()) && !is_digit(text.front()) && !is_among(text.front(), "._/~$"))) {
        return false;
    }
    const bool is_plain = std::ranges::all_of(
        text, [](char c) { return is_letter(c) || is_digit(c) || is_among(c, "._/~$-+=@%*:"); });
    return is_plain && !text.ends_with(':') && is_read_as_text(text);
}

// Characters that change lines or the direction of text are written by number.
std::string escaped(std::string_view character) {
    if (character == "\"" || character == "\\") {
        return fmt::format("\\{}", character);
    }
    if (character == "\n") {
        return "\\n";
    }
    if (character == "\t") {
        return "\\t";
    }
    const auto first = static_cast<unsigned char>(character.front());
    if (character.size() == 1 && (first < 0x20 || first == 0x7F)) {
        return fmt::format("\\x{:02x}", first);
    }
    if (character.size() == 2 && first == 0xC2) {
        return fmt::format("\\x{:02x}", static_cast<unsigned char>(character[1]));
    }
    if (character.starts_with("\xE2\x80") || character.starts_with("\xE2\x81") ||
        character == "\uFEFF") {
        const unsigned code = ((first & 0x0FU) << 12U) |
                              ((static_cast<unsigned char>(character[1]) & 0x3FU) << 6U) |
                              (static_cast<unsigned char>(character[2]) & 0x3FU);
        return fmt::format("\\u{:04x}", code);
    }
    return std::string(character);
}

}  // namespace

std::string yaml_text(std::string_view text) {
    if (is_bare(text)) {
        return std::string(text);
    }
    std::string quoted = "\"";
    while (!text.empty()) {
        const std::size_t length = std::max<std::size_t>(character_length(text), 1);
        quoted += escaped(text.substr(0, length));
        text.remove_prefix(length);
    }
    return quoted + "\"";
}

std::string yaml_texts(const std::vector<std::string>& texts) {
    if (texts.size() == 1) {
        return yaml_text(texts.front());
    }
    std::string list;
    for (const std::string& text : texts) {
        list += (list.empty() ? "" : ", ") + yaml_text(text);
    }
    return "[" + list + "]";
}

void FlowMap::add(std::string_view key, std::string_view yaml) {
    pairs_ += fmt::format("{}{}: {}", pairs_.empty() ? "" : ", ", key, yaml);
}

std::string yaml_condition(const Condition& condition) {
    FlowMap map;
    const auto add_texts = [&](std::string_view key, const std::vector<std::string>& texts) {
        if (!texts.empty()) {
            map.add(key, yaml_texts(texts));
        }
    };
    add_texts("platform", condition.platform);
    add_texts("image", condition.image);
    add_texts("host", condition.host);
    if (condition.gpu) {
        map.add("gpu", *condition.gpu ? "true" : "false");
    }
    std::vector<std::string> variables;
    variables.reserve(condition.variable.size());
    for (const auto& [name, value] : condition.variable) {
        variables.push_back(value ? fmt::format("{}={}", name, *value) : name);
    }
    add_texts("variable", variables);
    add_texts("file", condition.file);
    std::string none_of;
    for (const Condition& unwanted : condition.none_of) {
        none_of += (none_of.empty() ? "" : ", ") + yaml_condition(unwanted);
    }
    if (!none_of.empty()) {
        map.add("not", condition.none_of.size() == 1 ? none_of : "[" + none_of + "]");
    }
    return map.text();
}

std::string yaml_keep(const Keep& keep) {
    Keep plain;
    plain.path = keep.path;
    plain.mark = keep.mark;
    if (keep == plain) {
        return yaml_text(keep.path);
    }
    FlowMap map;
    map.add("path", yaml_text(keep.path));
    if (keep.to) {
        map.add("to", yaml_text(*keep.to));
    }
    if (keep.kind != KeepKind::any) {
        map.add("kind", word_of(kind_words, keep.kind));
    }
    if (keep.how != How::link) {
        map.add("how", word_of(how_words, keep.how));
    }
    if (keep.children) {
        map.add("children", "true");
    }
    if (keep.per_python) {
        map.add("per", "python");
    }
    if (keep.on_conflict != OnConflict::by_table) {
        map.add("on_conflict", word_of(side_words, keep.on_conflict));
    }
    if (keep.preset) {
        map.add("modes", word_of(preset_words, *keep.preset));
    }
    if (!keep.exclude.empty()) {
        map.add("exclude", yaml_texts(keep.exclude));
    }
    if (keep.when) {
        map.add("when", yaml_condition(*keep.when));
    }
    return map.text();
}

}  // namespace envkeep::manifest

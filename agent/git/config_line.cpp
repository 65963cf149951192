// SPDX-License-Identifier: MIT
#include "git/config_line.hpp"

#include "envkeep/core/text.hpp"
#include "git/host_pattern.hpp"

namespace envkeep::git {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

bool is_escaped(char next, char quote) {
    return next == '\'' || next == '"' || next == '\\' || (quote == '\0' && next == ' ');
}

// Takes one word off the front; false if a quote in it has no end.
bool take_word(std::string_view& rest, std::string& word) {
    char quote = '\0';
    std::size_t i = 0;
    for (; i < rest.size() && (quote != '\0' || !is_blank(rest[i])); ++i) {
        const char c = rest[i];
        const char next = i + 1 < rest.size() ? rest[i + 1] : '\0';
        if (c == '\\' && is_escaped(next, quote)) {
            word += next;
            ++i;
        } else if (quote == '\0' && (c == '"' || c == '\'')) {
            quote = c;
        } else if (quote != '\0' && c == quote) {
            quote = '\0';
        } else {
            word += c;
        }
    }
    rest.remove_prefix(i);
    return quote == '\0';
}

std::string take_keyword(std::string_view& rest) {
    const bool is_quoted = rest.starts_with('"');
    rest.remove_prefix(is_quoted ? 1 : 0);
    const std::string_view word = rest.substr(0, rest.find_first_of(is_quoted ? "\"" : " \t="));
    rest.remove_prefix(std::min(word.size() + (is_quoted ? 1 : 0), rest.size()));
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    if (rest.starts_with('=')) {
        rest.remove_prefix(1);
    }
    return lower_case(word);
}

}  // namespace

ConfigLine read_config_line(std::string_view line) {
    std::string_view rest = trimmed(line);
    if (rest.empty() || rest.starts_with('#')) {
        return {};
    }
    ConfigLine read{.keyword = take_keyword(rest), .words = {}};
    while (read.is_sound) {
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
        if (rest.empty() || rest.starts_with('#')) {
            break;
        }
        read.words.emplace_back();
        read.is_sound = take_word(rest, read.words.back());
    }
    return read;
}

}  // namespace envkeep::git

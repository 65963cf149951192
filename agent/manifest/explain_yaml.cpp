// SPDX-License-Identifier: MIT
#include "manifest/explain_yaml.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace envkeep::manifest {
namespace {

struct Explanation {
    std::string_view begins;  // what the parser's message begins with
    std::string_view message;
    std::string_view hint;
    bool is_escape = false;  // stands at the backslash, whatever the parser's mark is
};

constexpr std::array explanations{
    Explanation{"illegal map value",
                "a ':' that belongs to no key",
                "put text that holds ': ' in quotes; a key is followed by ': ' and stands at the "
                "same indentation as the keys beside it"},
    Explanation{"illegal block entry",
                "a list cannot begin here",
                "put '- ' on a line of its own below the key, indented by two spaces"},
    Explanation{"illegal map key", "a key cannot begin here", "put it on a line of its own"},
    Explanation{"end of sequence not found",
                "this fits nothing above it",
                "begin each entry of a list with '- ' at the same indentation, and put text that "
                "goes on after a quote in quotes as a whole"},
    Explanation{"end of map not found",
                "this fits nothing above it",
                "keys of one map begin in the same column, each with ': ' and its value; put text "
                "that goes on after a quote in quotes as a whole"},
    Explanation{"illegal flow end",
                "nothing was opened that this closes",
                "take it out, or put "
                "the text in quotes"},
    Explanation{
        "unknown token", "a text cannot begin with this character", "put the text in quotes"},
    Explanation{"alias not found", "'*' without a name", "put text that begins with '*' in quotes"},
    Explanation{
        "anchor not found", "'&' without a name", "put text that begins with '&' in quotes"},
    Explanation{"illegal character found while scanning a",
                "this is no name for an anchor or alias",
                "put text that begins with '*' or '&' in quotes"},
    Explanation{"the referenced anchor is not defined",
                "an alias for something that is not there",
                "put text that begins with '*' in quotes, or define it before with '&'"},
    Explanation{"unknown escape character",
                "a backslash means nothing before this character",
                "write '\\\\' for a backslash, or use single quotes, which take all as it is",
                true},
    Explanation{"bad character found while scanning hex number",
                "no hexadecimal number after the backslash",
                "write '\\\\' for a backslash, or use single quotes, which take all as it is",
                true},
    Explanation{"invalid unicode",
                "there is no such character",
                "write the character itself, or use single quotes, which take all as it is",
                true},
    Explanation{"illegal tab",
                "a tab in the indentation",
                "YAML indents with spaces only: put two spaces in its place"},
    Explanation{"bad file",
                "nested deeper than the parser goes",
                "look for a forgotten ']' or '}' or an indentation that grows"},
    Explanation{"illegal document indicator in scalar",
                "'---' or '...' inside a text",
                "close the quote before it"},
};

char character_at(const SourceText& source, std::uint32_t position) {
    return position < source.text().size() ? source.text()[position] : '\0';
}

Fault unclosed(const TreeNode& open, const SourceText& source) {
    const char bracket = character_at(source, open.position);
    const bool is_list = open.kind == NodeKind::list;
    return {.position = open.position,
            .message = fmt::format("this '{}' is never closed", is_list ? '[' : '{'),
            .hint = bracket == (is_list ? '[' : '{')
                        ? fmt::format("put '{}' where it ends, and ', ' between entries",
                                      is_list ? ']' : '}')
                        : "close it where it ends"};
}

}  // namespace

Fault explain_yaml(const SourceText& source,
                   const TreeBuilder& so_far,
                   std::uint32_t position,
                   const std::string& message) {
    const TreeNode* const innermost = so_far.innermost();
    if (innermost != nullptr && innermost->is_flow &&
        message.find("flow not found") != std::string::npos) {
        return unclosed(*innermost, source);
    }
    const auto* const known = std::ranges::find_if(
        explanations, [&](const Explanation& one) { return message.starts_with(one.begins); });
    Fault fault{.position = position, .message = {}, .hint = {}};
    if (const std::size_t backslash = source.text().rfind('\\', position);
        known != explanations.end() && known->is_escape && backslash != std::string_view::npos) {
        fault.position = static_cast<std::uint32_t>(backslash);
    }
    if (known == explanations.end()) {
        fault.message = fmt::format("this is no YAML: {}", printable(message));
        fault.hint = "compare with the examples in docs/manifest.md";
    } else {
        fault.message = known->message;
        fault.hint = known->hint;
    }
    if (const auto quote = so_far.long_quote()) {
        fault.hint += fmt::format(
            "; the quote in line {} is closed only some lines later: is that "
            "meant?",
            source.spot(*quote).line);
    }
    return fault;
}

}  // namespace envkeep::manifest

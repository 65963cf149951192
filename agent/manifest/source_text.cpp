// SPDX-License-Identifier: MIT
#include "manifest/source_text.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/manifest/read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace envkeep::manifest {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// The first bytes of longer sequences, and what may come second (RFC 3629: no overlong forms, no
// surrogates, nothing above U+10FFFF).
struct Lead {
    unsigned char first;
    unsigned char last;
    unsigned char least_second;
    unsigned char most_second;
    std::size_t length;
};

constexpr auto leads = std::to_array<Lead>({{0xC2, 0xDF, 0x80, 0xBF, 2},
                                            {0xE0, 0xE0, 0xA0, 0xBF, 3},
                                            {0xE1, 0xEC, 0x80, 0xBF, 3},
                                            {0xED, 0xED, 0x80, 0x9F, 3},
                                            {0xEE, 0xEF, 0x80, 0xBF, 3},
                                            {0xF0, 0xF0, 0x90, 0xBF, 4},
                                            {0xF1, 0xF3, 0x80, 0xBF, 4},
                                            {0xF4, 0xF4, 0x80, 0x8F, 4}});

bool is_utf16(std::string_view text) {
    return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
}

// YAML knows tab, LF and CR LF; the parser takes 0x04 for the end of the text.
bool is_stray_control(std::string_view text, std::size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte == '\r') {
        return at + 1 >= text.size() || text[at + 1] != '\n';
    }
    return (byte < 0x20 && byte != '\t' && byte != '\n') || byte == 0x7F;
}

std::optional<Fault> fault_in_bytes(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        if (is_stray_control(text, at)) {
            const bool is_return = text[at] == '\r';
            return Fault{.position = narrow(at),
                         .message = is_return ? std::string("a carriage return without a line feed")
                                              : fmt::format("control character {}",
                                                            quoted(text.substr(at, 1))),
                         .hint = is_return ? "save the file with LF or CRLF line ends"
                                           : "take it out, or write it as \"\\xNN\" in double "
                                             "quotes"};
        }
        const std::size_t length = character_length(text.substr(at));
        if (length == 0) {
            return Fault{.position = narrow(at),
                         .message = fmt::format("this is no valid UTF-8: byte 0x{:02x}",
                                                static_cast<unsigned char>(text[at])),
                         .hint = "save the file as UTF-8"};
        }
        at += length;
    }
    return std::nullopt;
}

// YAML forbids them, but the parser sometimes joins such a line to the one before.
std::optional<Fault> tab_in_indentation(const SourceText& source, std::uint32_t index) {
    const std::string_view line = source.line(index);
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == std::string_view::npos || line[first] == '#') {
        return std::nullopt;
    }
    const std::size_t tab = line.find('\t');
    if (tab >= first) {
        return std::nullopt;
    }
    return Fault{.position = source.line_begin(index) + narrow(tab),
                 .message = "a tab in the indentation",
                 .hint = "YAML indents with spaces only: put two spaces in its place"};
}

}  // namespace

std::size_t character_length(std::string_view text) {
    if (text.empty()) {
        return 0;
    }
    const auto first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) {
        return 1;
    }
    const auto* const lead = std::ranges::find_if(
        leads, [&](const Lead& one) { return one.first <= first && first <= one.last; });
    if (lead == leads.end() || text.size() < lead->length) {
        return 0;
    }
    const auto second = static_cast<unsigned char>(text[1]);
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
    const bool is_valid = lead->least_second <= second && second <= lead->most_second &&
                          std::ranges::all_of(text.substr(2, lead->length - 2), continues);
    return is_valid ? lead->length : 0;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = character_length(text);
        if (length == 0) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

SourceText::SourceText(std::string text) : text_(std::move(text)) {
    if (text_.starts_with(byte_order_mark)) {
        text_.erase(0, byte_order_mark.size());
    }
    line_begins_.push_back(0);
    for (std::size_t at = text_.find('\n'); at != std::string::npos;
         at = text_.find('\n', at + 1)) {
        line_begins_.push_back(narrow(at + 1));
    }
}

std::string_view SourceText::line(std::uint32_t index) const {
    const std::size_t begin = line_begins_[index];
    const std::size_t end =
        index + 1 < line_begins_.size() ? line_begins_[index + 1] - 1 : text_.size();
    std::string_view line = std::string_view(text_).substr(begin, end - begin);
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

std::uint32_t SourceText::line_begin(std::uint32_t index) const {
    return line_begins_[index];
}

std::uint32_t SourceText::line_of(std::uint32_t position) const {
    const auto after = std::ranges::upper_bound(line_begins_, position);
    return narrow(static_cast<std::size_t>(after - line_begins_.begin()) - 1);
}

Spot SourceText::spot(std::uint32_t position) const {
    const std::uint32_t index = line_of(position);
    std::string_view before = std::string_view(text_).substr(
        line_begins_[index], std::min<std::size_t>(position, text_.size()) - line_begins_[index]);
    std::uint32_t column = 1;
    while (!before.empty()) {
        before.remove_prefix(std::max<std::size_t>(character_length(before), 1));
        ++column;
    }
    return {.line = index + 1, .column = column};
}

std::vector<Fault> find_text_faults(const SourceText& source) {
    const std::string_view text = source.text();
    if (is_utf16(text)) {
        return {{.position = 0, .message = "this is UTF-16", .hint = "save the file as UTF-8"}};
    }
    if (text.size() > largest_manifest) {
        return {{.position = 0,
                 .message = fmt::format("the file is larger than {}", human_size(largest_manifest)),
                 .hint = "a manifest names paths, it does not hold data: is this the right file?"}};
    }
    std::vector<Fault> faults;
    for (std::uint32_t index = 0; index < source.line_count(); ++index) {
        if (auto fault = tab_in_indentation(source, index)) {
            faults.push_back(*std::move(fault));
        }
    }
    if (auto fault = fault_in_bytes(text)) {
        faults.push_back(*std::move(fault));
    }
    std::ranges::stable_sort(
        faults, [](const Fault& one, const Fault& other) { return one.position < other.position; });
    return faults;
}

}  // namespace envkeep::manifest

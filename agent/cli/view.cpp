// SPDX-License-Identifier: MIT
#include "cli/view.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace envkeep::cli {
namespace {

constexpr std::size_t widest_subject = 32;

// Only we write it: in what others named it is printed as \x1b.
constexpr std::string_view colour_start = "\x1b[";

struct Range {
    char32_t first;
    char32_t last;
};

// Marks that stand over the letter before them, and joiners.
constexpr std::array no_columns{
    Range{0x0300, 0x036F}, Range{0x200B, 0x200D}, Range{0x20D0, 0x20F0}, Range{0xFE00, 0xFE0F}};
constexpr std::array two_columns{Range{0x1100, 0x115F},
                                 Range{0x2E80, 0x303E},
                                 Range{0x3041, 0xA4CF},
                                 Range{0xAC00, 0xD7A3},
                                 Range{0xF900, 0xFAFF},
                                 Range{0xFE30, 0xFE6F},
                                 Range{0xFF00, 0xFF60},
                                 Range{0xFFE0, 0xFFE6},
                                 Range{0x1F300, 0x1F64F},
                                 Range{0x1F900, 0x1FAFF},
                                 Range{0x20000, 0x3FFFD}};

bool is_in(std::span<const Range> ranges, char32_t letter) {
    return std::ranges::any_of(
        ranges, [&](const Range& range) { return range.first <= letter && letter <= range.last; });
}

// The first letter of a non-empty text and its length in bytes; a stray byte counts as a letter.
std::pair<char32_t, std::size_t> first_letter(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const std::size_t length = byte(0) < 0xC0 ? 1 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
    if (length == 1 || length > text.size()) {
        return {byte(0), 1};
    }
    char32_t letter = byte(0) & (0x7FU >> length);
    for (std::size_t at = 1; at < length; ++at) {
        letter = (letter << 6U) | (byte(at) & 0x3FU);
    }
    return {letter, length};
}

std::string_view start_of(Tone tone) {
    switch (tone) {
        case Tone::good:
            return "\x1b[32m";
        case Tone::change:
            return "\x1b[36m";
        case Tone::warning:
            return "\x1b[33m";
        case Tone::error:
            return "\x1b[1;31m";
        case Tone::faint:
            return "\x1b[2m";
        case Tone::strong:
            return "\x1b[1m";
        case Tone::plain:
            break;
    }
    return {};
}

struct Columns {
    std::size_t verb = 0;
    std::size_t subject = 0;
};

// Puts the parts of a row into lines: each beside the one before where the terminal is wide enough,
// else below it.
class RowLines {
  public:
    RowLines(std::string& out, std::size_t indent, std::size_t width)
        : out_(out), indent_(indent), width_(width) {}

    void start(const std::string& text, std::size_t columns) {
        out_ += text;
        column_ = columns;
    }

    void add(const std::string& text, std::size_t columns, std::size_t fill) {
        const std::size_t gap = std::max(fill, column_ + 2) - column_;
        if (width_ == 0 || column_ + gap + columns <= width_) {
            out_.append(gap, ' ');
            column_ += gap + columns;
        } else {
            out_ += '\n';
            out_.append(indent_, ' ');
            column_ = indent_ + columns;
        }
        out_ += text;
    }

  private:
    std::string& out_;
    std::size_t indent_;
    std::size_t width_;
    std::size_t column_ = 0;
};

void add_row(std::string& out, const Row& row, const Columns& columns, const View& view) {
    const std::size_t indent = 4 + columns.verb;
    RowLines lines(out, indent, view.width);
    lines.start("  " + view.painted(row.tone, filled(row.verb, columns.verb)), 2 + columns.verb);
    lines.add(row.subject, columns_of(row.subject), 0);
    const std::size_t behind_subject = indent + columns.subject + 2;
    if (!row.detail.empty()) {
        lines.add(row.detail, columns_of(row.detail), behind_subject);
    }
    if (!row.why.empty()) {
        const std::string why = "(" + row.why + ")";
        lines.add(view.painted(Tone::faint, why),
                  columns_of(why),
                  row.detail.empty() ? behind_subject : 0);
    }
    out += '\n';
    for (const std::string& note : row.notes) {
        out += std::string(indent, ' ') + note + "\n";
    }
}

}  // namespace

std::string View::path(std::string_view absolute) const {
    if (home.size() > 1 && absolute.starts_with(home)) {
        const std::string_view below = absolute.substr(home.size());
        if (below.empty() || below.front() == '/') {
            return "~" + printable(below);
        }
    }
    return printable(absolute);
}

std::string View::source(std::string_view subject, std::string_view absolute) const {
    constexpr std::string_view in_home = "~/";
    const bool is_usual = !kept.empty() && subject.starts_with(in_home) &&
                          absolute == fmt::format("{}/{}", kept, subject.substr(in_home.size()));
    return is_usual ? "the store" : path(absolute);
}

std::string View::painted(Tone tone, std::string_view text) const {
    const std::string_view start = start_of(tone);
    return !colour || start.empty() ? std::string(text) : fmt::format("{}{}\x1b[0m", start, text);
}

std::string View::line(std::string_view text, std::size_t indent) const {
    const std::size_t start = std::min(text.find_first_not_of(' '), text.size());
    std::string out(text.substr(0, start));
    std::size_t column = start;
    bool is_first = true;
    for (const std::string_view word : split(text.substr(start), ' ')) {
        const std::size_t length = columns_of(word);
        if (!is_first && width > 0 && column > indent && column + 1 + length > width) {
            out += '\n';
            out.append(indent, ' ');
            column = indent;
        } else if (!is_first) {
            out += ' ';
            ++column;
        }
        is_first = false;
        out += word;
        column += length;
    }
    return out + '\n';
}

std::size_t columns_of(std::string_view text) {
    std::size_t sum = 0;
    while (!text.empty()) {
        if (text.starts_with(colour_start)) {
            text.remove_prefix(std::min(text.find('m'), text.size() - 1) + 1);
            continue;
        }
        const auto [letter, length] = first_letter(text);
        if (!is_in(no_columns, letter)) {
            sum += is_in(two_columns, letter) ? 2U : 1U;
        }
        text.remove_prefix(length);
    }
    return sum;
}

std::string filled(std::string_view text, std::size_t columns) {
    std::string out(text);
    const std::size_t taken = columns_of(text);
    out.append(taken < columns ? columns - taken : 0, ' ');
    return out;
}

std::string rows_text(const std::vector<Row>& rows, const View& view) {
    Columns columns;
    for (const Row& row : rows) {
        columns.verb = std::max(columns.verb, columns_of(row.verb));
        const std::size_t subject = columns_of(row.subject);
        if (subject <= widest_subject) {
            columns.subject = std::max(columns.subject, subject);
        }
    }
    std::string out;
    for (const Row& row : rows) {
        add_row(out, row, columns, view);
    }
    return out;
}

std::string wrapped(std::string_view text, std::size_t width, std::string_view indent) {
    std::string out;
    for (const std::string_view paragraph : split(text, '\n')) {
        std::size_t column = 0;
        for (const std::string_view word : split(paragraph, ' ')) {
            const std::size_t length = columns_of(word);
            if (column > 0 && column + 1 + length > width) {
                out += '\n';
                column = 0;
            }
            if (column == 0) {
                out += indent;
                column = columns_of(indent);
            } else {
                out += ' ';
                ++column;
            }
            out += word;
            column += length;
        }
        out += '\n';
    }
    return out;
}

}  // namespace envkeep::cli

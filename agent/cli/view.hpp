// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// How text is laid out for the stream that it goes to.
namespace envkeep::cli {

enum class Tone { plain, good, change, warning, error, faint, strong };

struct View {
    bool colour = false;
    std::size_t width = 0;  // columns of the terminal; 0: a log, where no line is broken
    std::string home;       // shown as ~; empty: paths are shown whole
    std::string kept;       // the store's home/ folder; empty: what lies in it is shown whole
    bool verbose = false;
    bool quiet = false;

    // Printable, with the home as ~.
    [[nodiscard]] std::string path(std::string_view absolute) const;

    // Where something lives that appears as `subject`: "the store" if that is its usual place
    // there.
    [[nodiscard]] std::string source(std::string_view subject, std::string_view absolute) const;

    [[nodiscard]] std::string painted(Tone tone, std::string_view text) const;

    // The text as a line; where the terminal is narrower, broken at blanks and gone on below with
    // `indent` columns before it.
    [[nodiscard]] std::string line(std::string_view text, std::size_t indent) const;
};

// Columns that a text takes on a terminal, our own colours not counted.
[[nodiscard]] std::size_t columns_of(std::string_view text);

// The text, filled with blanks up to `columns`.
[[nodiscard]] std::string filled(std::string_view text, std::size_t columns);

// One line of a list: what happens to what, how, and why.
struct Row {
    Tone tone = Tone::plain;
    std::string verb;
    std::string subject;
    std::string detail;              // "-> /storage/envkeep/home/.ssh"; may be empty
    std::string why;                 // may be empty
    std::vector<std::string> notes;  // lines of their own below it
};

// Aligned columns. What does not fit the terminal goes to a line of its own, nothing is cut off.
[[nodiscard]] std::string rows_text(const std::vector<Row>& rows, const View& view);

// Words broken at blanks to lines of `width` columns at most; a longer word stays whole.
[[nodiscard]] std::string wrapped(std::string_view text,
                                  std::size_t width,
                                  std::string_view indent);

}  // namespace envkeep::cli

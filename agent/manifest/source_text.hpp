// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::manifest {

// A place in a text, none of which is as long as 4 GiB.
[[nodiscard]] constexpr std::uint32_t narrow(std::size_t position) {
    return static_cast<std::uint32_t>(position);
}

// Something that is wrong at one byte of a text.
struct Fault {
    std::uint32_t position = 0;
    std::string message;
    std::string hint;
};

// Counted from 1, columns in characters.
struct Spot {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
};

// The text of a file and its lines. A UTF-8 byte order mark is taken off.
class SourceText {
  public:
    explicit SourceText(std::string text);

    [[nodiscard]] std::string_view text() const { return text_; }

    [[nodiscard]] std::uint32_t line_count() const {
        return static_cast<std::uint32_t>(line_begins_.size());
    }

    // Lines are counted from 0 here; their ends (LF or CRLF) are not part of them.
    [[nodiscard]] std::string_view line(std::uint32_t index) const;
    [[nodiscard]] std::uint32_t line_begin(std::uint32_t index) const;
    [[nodiscard]] std::uint32_t line_of(std::uint32_t position) const;

    [[nodiscard]] Spot spot(std::uint32_t position) const;

  private:
    std::string text_;
    std::vector<std::uint32_t> line_begins_;
};

// What the YAML parser would misread without a word: another encoding, control characters, tabs as
// indentation. In the order of the text; `largest_manifest` is checked here too.
[[nodiscard]] std::vector<Fault> find_text_faults(const SourceText& source);

// The length of the valid UTF-8 sequence that `text` begins with; 0 if it begins with none.
[[nodiscard]] std::size_t character_length(std::string_view text);

[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace envkeep::manifest

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/digest.hpp"
#include "envkeep/core/result.hpp"
#include "envkeep/core/time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The lines of our texts in `manifests/` and `images/`: fields between single blanks. A field of
// any bytes has \xNN for each byte up to the blank, for 0x7f and for the backslash; an empty one
// is `-`.
namespace envkeep::snapshot {

// Each appends a field's text.
void put_text(std::string& out, std::string_view text);
// "1700000000.123456789": the second (rounded down), then nanoseconds.
void put_time(std::string& out, WallTime time);

// Reads such a text. The first fault is kept; after it there are no more lines, and all fields are
// empty.
class Lines {
  public:
    // `what` is said in errors: "layer".
    Lines(std::string_view text, std::string_view what) : rest_(text), what_(what) {}

    // Goes on to the next line; false at the end, and after a fault.
    [[nodiscard]] bool next();

    // Each takes the next field of the line.
    [[nodiscard]] std::string_view word();
    [[nodiscard]] std::uint64_t number(std::uint64_t most);
    [[nodiscard]] std::uint32_t mode();
    [[nodiscard]] WallTime time();
    [[nodiscard]] Digest digest();
    [[nodiscard]] std::string text();
    void append_text(std::string& out);

    // Nothing may be left of the line.
    void end_line();

    void fault(std::string_view why);

    [[nodiscard]] bool is_sound() const { return !fault_; }

    // io, naming the line.
    [[nodiscard]] Error error() const;

  private:
    std::string_view rest_;
    std::string_view line_;
    std::string_view what_;
    std::size_t number_ = 0;
    bool is_line_over_ = true;
    std::optional<std::string> fault_;
};

[[nodiscard]] std::optional<Digest> digest_of_hex(std::string_view text);

// One component of a path, as a listing of a folder gives them.
[[nodiscard]] bool is_sound_name(std::string_view name);

// A path below a root; not the root itself.
[[nodiscard]] bool is_sound_path(std::string_view path);

}  // namespace envkeep::snapshot

// SPDX-License-Identifier: MIT
#include "snapshot/lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <iterator>
#include <limits>

namespace envkeep::snapshot {
namespace {

constexpr std::int64_t second = 1'000'000'000;
// Whole seconds that nanoseconds in 64 bits can hold with any fraction.
constexpr std::int64_t latest = (std::numeric_limits<std::int64_t>::max() / second) - 1;
constexpr std::string_view empty_field = "-";
constexpr std::string_view digits = "0123456789abcdef";

bool needs_escape(char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return byte <= 0x20 || byte == 0x7F || byte == '\\';
}

void put_escaped(std::string& out, char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    out += "\\x";
    out += digits[byte >> 4U];
    out += digits[byte & 0xFU];
}

// -1 for what is no digit.
constexpr std::array<signed char, 256> digit_values = [] {
    std::array<signed char, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < digits.size(); ++i) {
        values[static_cast<unsigned char>(digits[i])] = static_cast<signed char>(i);
    }
    return values;
}();

int digit_of(char letter) {
    return digit_values[static_cast<unsigned char>(letter)];
}

int byte_at(std::string_view text, std::size_t at) {
    const int high = digit_of(text[at]);
    const int low = digit_of(text[at + 1]);
    return high < 0 || low < 0 ? -1 : (high * 16) + low;
}

// False for a backslash that begins no \xNN.
bool append_unescaped(std::string& out, std::string_view field) {
    while (true) {
        const std::size_t at = field.find('\\');
        out.append(field.substr(0, at));
        if (at == std::string_view::npos) {
            return true;
        }
        const int byte =
            at + 3 < field.size() && field[at + 1] == 'x' ? byte_at(field, at + 2) : -1;
        if (byte < 0) {
            return false;
        }
        out.push_back(static_cast<char>(byte));
        field.remove_prefix(at + 4);
    }
}

template <typename Number>
bool read_number(std::string_view field, Number& number, int base = 10) {
    const auto [stop, code] =
        std::from_chars(field.data(), field.data() + field.size(), number, base);
    return code == std::errc{} && stop == field.data() + field.size();
}

}  // namespace

void put_text(std::string& out, std::string_view text) {
    if (text.empty()) {
        out += empty_field;
        return;
    }
    if (text == empty_field) {
        put_escaped(out, text[0]);
        return;
    }
    if (std::ranges::none_of(text, needs_escape)) {
        out += text;
        return;
    }
    for (const char letter : text) {
        if (needs_escape(letter)) {
            put_escaped(out, letter);
        } else {
            out.push_back(letter);
        }
    }
}

void put_time(std::string& out, WallTime time) {
    constexpr WallTime bound{std::chrono::seconds(latest)};
    constexpr WallTime other_bound{std::chrono::seconds(-latest)};
    time = std::clamp(time, other_bound, bound);
    const auto whole = std::chrono::floor<std::chrono::seconds>(time);
    fmt::format_to(std::back_inserter(out),
                   "{}.{:09}",
                   whole.time_since_epoch().count(),
                   (time - whole).count());
}

bool Lines::next() {
    if (fault_ || rest_.empty()) {
        return false;
    }
    ++number_;
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) {
        fault("it is cut short");
        return false;
    }
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    is_line_over_ = false;
    return true;
}

std::string_view Lines::word() {
    const std::size_t blank = line_.find(' ');
    const std::string_view field = line_.substr(0, blank);
    if (is_line_over_ || field.empty()) {
        fault("a field is missing");
        return {};
    }
    is_line_over_ = blank == std::string_view::npos;
    line_.remove_prefix(is_line_over_ ? line_.size() : blank + 1);
    return field;
}

std::uint64_t Lines::number(std::uint64_t most) {
    std::uint64_t number = 0;
    if (!read_number(word(), number) || number > most) {
        fault("a number is none, or too large");
        return 0;
    }
    return number;
}

std::uint32_t Lines::mode() {
    std::uint32_t mode = 0;
    if (!read_number(word(), mode, 8) || mode > 07777U) {
        fault("a mode is none");
        return 0;
    }
    return mode;
}

WallTime Lines::time() {
    constexpr std::size_t fraction = 9;
    const std::string_view field = word();
    const std::size_t point = field.find('.');
    std::int64_t seconds = 0;
    std::uint32_t rest = 0;
    if (point == std::string_view::npos || field.size() - point - 1 != fraction ||
        !read_number(field.substr(0, point), seconds) ||
        !read_number(field.substr(point + 1), rest) || seconds > latest || seconds < -latest) {
        fault("a time is none");
        return {};
    }
    return WallTime(std::chrono::nanoseconds((seconds * second) + rest));
}

Digest Lines::digest() {
    const auto digest = digest_of_hex(word());
    if (!digest) {
        fault("a digest is none");
    }
    return digest.value_or(Digest{});
}

void Lines::append_text(std::string& out) {
    const std::string_view field = word();
    if (field != empty_field && !append_unescaped(out, field)) {
        fault("a backslash begins no \\xNN");
    }
}

std::string Lines::text() {
    std::string text;
    append_text(text);
    return text;
}

void Lines::end_line() {
    if (!is_line_over_) {
        fault("a line has more fields than it should");
    }
}

void Lines::fault(std::string_view why) {
    if (!fault_) {
        fault_ = fmt::format("damaged {}: line {}: {}", what_, number_, why);
    }
    rest_ = {};
    line_ = {};
    is_line_over_ = true;
}

Error Lines::error() const {
    return {.kind = ErrorKind::io, .message = fault_.value_or(std::string()), .hint = {}};
}

std::optional<Digest> digest_of_hex(std::string_view text) {
    Digest digest;
    if (text.size() != 2 * digest.bytes.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
        const int byte = byte_at(text, 2 * i);
        if (byte < 0) {
            return std::nullopt;
        }
        digest.bytes[i] = static_cast<std::uint8_t>(byte);
    }
    return digest;
}

bool is_sound_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." &&
           name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

bool is_sound_path(std::string_view path) {
    while (true) {
        const std::size_t slash = path.find('/');
        if (!is_sound_name(path.substr(0, slash))) {
            return false;
        }
        if (slash == std::string_view::npos) {
            return true;
        }
        path.remove_prefix(slash + 1);
    }
}

}  // namespace envkeep::snapshot

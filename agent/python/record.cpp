// SPDX-License-Identifier: MIT
#include "envkeep/python/record.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace envkeep::python {
namespace {

// Of a field without quotes. find_first_of would call memchr for each letter: half of all that the
// doctor computes for a torch.
std::size_t plain_length(std::string_view text) {
    const auto* const end = std::find_if(
        text.begin(), text.end(), [](char c) { return c == ',' || c == '\r' || c == '\n'; });
    return static_cast<std::size_t>(end - text.begin());
}

// One field from the start of `text`, which goes behind it, on the comma or line end.
void take_field(std::string_view& text, std::string& field) {
    if (!text.starts_with('"')) {
        field.assign(text.substr(0, plain_length(text)));
        text.remove_prefix(field.size());
        return;
    }
    field.clear();
    text.remove_prefix(1);
    while (!text.empty()) {
        const std::size_t quote = std::min(text.find('"'), text.size());
        field += text.substr(0, quote);
        text.remove_prefix(std::min(quote + 1, text.size()));
        if (!text.starts_with('"')) {
            break;
        }
        field += '"';
        text.remove_prefix(1);
    }
}

void skip_field(std::string_view& text) {
    if (text.starts_with('"')) {
        std::string skipped;
        take_field(text, skipped);
    } else {
        text.remove_prefix(plain_length(text));
    }
}

bool take_character(std::string_view& text, char c) {
    const bool is_there = text.starts_with(c);
    text.remove_prefix(is_there ? 1 : 0);
    return is_there;
}

std::optional<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

void skip_line(std::string_view& text) {
    text.remove_prefix(std::min(text.find('\n'), text.size()));
    take_character(text, '\n');
}

}  // namespace

void for_each_line_of_record(std::string_view text,
                             const std::function<bool(const RecordLine&)>& visit) {
    RecordLine line;  // one for all: torch's RECORD has more than ten thousand
    std::string size;
    while (!text.empty()) {
        take_field(text, line.path);
        line.size.reset();
        if (take_character(text, ',')) {
            skip_field(text);
            if (take_character(text, ',')) {
                take_field(text, size);
                line.size = number_in(size);
            }
        }
        skip_line(text);
        const bool is_line = !line.path.empty() && line.path.find('\0') == std::string::npos;
        if (is_line && !visit(line)) {
            return;
        }
    }
}

}  // namespace envkeep::python

// SPDX-License-Identifier: MIT
#include "manifest/values.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/core/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace envkeep::manifest {
namespace {

constexpr std::array yes_words{"yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"};
constexpr std::array no_words{"no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"};

template <std::size_t Count>
bool is_one_of(std::string_view word, const std::array<const char*, Count>& words) {
    return std::ranges::find(words, word) != words.end();
}

std::string_view kind_name(NodeKind kind) {
    switch (kind) {
        case NodeKind::null:
            return "empty";
        case NodeKind::text:
            return "a text";
        case NodeKind::list:
            return "a list";
        case NodeKind::map:
            return "a map";
    }
    return {};
}

std::string hint_for(const Value& value, NodeKind wanted) {
    if (wanted == NodeKind::list) {
        return value.is_text()
                   ? fmt::format("begin each entry with '- ': '- {}'", printable(value.text()))
                   : "begin each entry with '- '";
    }
    if (wanted == NodeKind::map) {
        return "write 'key: value' pairs";
    }
    return value.is_map() && value.is_flow() ? "write one text; if it begins with '{', in quotes"
                                             : "write one text";
}

// Takes digits off the front; false if there are none.
bool take_digits(std::string_view& text) {
    const bool has_any = !text.empty() && text.front() != '_';
    const std::size_t count = std::min(text.find_first_not_of("0123456789_"), text.size());
    text.remove_prefix(count);
    return has_any && count > 0;
}

// 0o17, 0x1f.
bool is_based_number(std::string_view word) {
    if (word.size() < 3 || (!word.starts_with("0o") && !word.starts_with("0x"))) {
        return false;
    }
    const std::string_view digits = word[1] == 'o' ? "01234567" : "0123456789abcdefABCDEF";
    return word.find_first_not_of(digits, 2) == std::string_view::npos;
}

// e3, E-3, or nothing.
bool is_exponent(std::string_view text) {
    if (text.empty()) {
        return true;
    }
    if (!text.starts_with('e') && !text.starts_with('E')) {
        return false;
    }
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) {
        text.remove_prefix(1);
    }
    return take_digits(text) && text.empty();
}

bool is_number(std::string_view word) {
    if (word.starts_with('-') || word.starts_with('+')) {
        word.remove_prefix(1);
    }
    if (is_based_number(word) || word == ".inf" || word == ".Inf" || word == ".INF" ||
        word == ".nan") {
        return true;
    }
    bool has_digits = take_digits(word);
    if (word.starts_with('.')) {
        word.remove_prefix(1);
        has_digits = take_digits(word) || has_digits;
    }
    return has_digits && is_exponent(word);
}

std::optional<std::uint32_t> number_of(std::string_view text, int base) {
    std::uint32_t number = 0;
    const char* const begin = text.data();  // NOLINT(*-stringview-data-usage): the end is given
    const char* const end = begin + text.size();
    const auto [rest, error] = std::from_chars(begin, end, number, base);
    return error == std::errc{} && rest == end ? std::optional(number) : std::nullopt;
}

// Both readings of a number that was meant to be a mode.
std::string bare_mode_hint(std::string_view text) {
    const std::string_view digits = text.starts_with("0o") ? text.substr(2) : text;
    const std::optional<std::uint32_t> as_octal = number_of(digits, 8);
    const std::optional<std::uint32_t> as_decimal = number_of(text, 10);
    if (!as_octal) {
        return "write an octal number in quotes, such as \"0644\"";
    }
    const std::string quoted_mode = octal(*as_octal);
    if (!as_decimal) {
        return fmt::format("write \"{}\"; as a number YAML reads this as {} or not at all",
                           quoted_mode,
                           *as_octal);
    }
    if (!text.starts_with('0')) {
        return fmt::format("write \"{}\"; as a number YAML reads this as {}, which is the mode {}",
                           quoted_mode,
                           *as_decimal,
                           octal(*as_decimal));
    }
    return fmt::format("write \"{}\"; as a number YAML reads this as {} or {}",
                       quoted_mode,
                       *as_octal,
                       *as_decimal);
}

// The word of `words` in the sense of a yes or a no; empty if there is none.
std::string_view in_the_sense_of(std::string_view word,
                                 const std::vector<std::string_view>& words) {
    const auto first_of = [&](std::initializer_list<std::string_view> candidates) {
        for (const std::string_view candidate : candidates) {
            if (std::ranges::find(words, candidate) != words.end()) {
                return candidate;
            }
        }
        return std::string_view();
    };
    if (is_one_of(word, no_words)) {
        return first_of({"off", "never", "none"});
    }
    return is_one_of(word, yes_words) ? first_of({"keep", "on-snapshot", "required"})
                                      : std::string_view();
}

}  // namespace

std::string hint_for_nothing(Value nothing) {
    const std::string_view text = nothing.tree().source->text();
    const bool is_tilde = nothing.position() < text.size() && text[nothing.position()] == '~';
    return is_tilde ? "a bare ~ is YAML's word for nothing: name a path such as ~/data"
                    : "give it a value or take it out";
}

std::string_view other_meaning(std::string_view word) {
    if (is_one_of(word, yes_words) || is_one_of(word, no_words)) {
        return "a truth value";
    }
    if (word == "~" || word == "null" || word == "Null" || word == "NULL" || word.empty()) {
        return "nothing";
    }
    return is_number(word) ? "a number" : std::string_view();
}

bool is_sound(
    Reader& reader, Value value, NodeKind wanted, std::string_view name, std::string hint) {
    if (value.has_tag()) {
        reader.report(value,
                      fmt::format("{} has a tag", name),
                      "a manifest holds plain text, lists and maps: take out what begins with '!'");
        return false;
    }
    if (value.is_null()) {
        reader.report(value, fmt::format("{} is empty", name), hint_for_nothing(value));
        return false;
    }
    if (value.kind() != wanted) {
        reader.report(
            value,
            fmt::format("{} must be {}, not {}", name, kind_name(wanted), kind_name(value.kind())),
            hint.empty() ? hint_for(value, wanted) : std::move(hint));
        return false;
    }
    if (value.spans_lines()) {
        reader.report(value,
                      fmt::format("{} goes over several lines", name),
                      "begin each entry of a list with '- ' in the same column; text that is meant "
                      "to go over lines is put in quotes");
        return false;
    }
    return true;
}

std::optional<std::string> read_as_written(Reader& reader, Value value, std::string_view name) {
    if (!is_sound(reader, value, NodeKind::text, name)) {
        return std::nullopt;
    }
    const std::string_view text = value.text();
    if (text.find('\0') != std::string_view::npos) {
        reader.report(value, fmt::format("{} holds a NUL character", name), "take '\\0' out");
        return std::nullopt;
    }
    return std::string(text);
}

std::optional<std::string> read_text(Reader& reader, Value value, std::string_view name) {
    std::optional<std::string> text = read_as_written(reader, value, name);
    if (!text) {
        return std::nullopt;
    }
    if (const std::string_view meaning = other_meaning(*text);
        value.is_plain() && !meaning.empty()) {
        reader.report(value,
                      fmt::format("{} must be a text: bare {} is {} in YAML", name, *text, meaning),
                      fmt::format("write \"{}\"", *text));
        return std::nullopt;
    }
    if (text->empty()) {
        reader.report(value, fmt::format("{} is empty", name), "give it a value or take it out");
        return std::nullopt;
    }
    return text;
}

std::optional<std::vector<std::string>> read_texts(Reader& reader,
                                                   Value value,
                                                   std::string_view name,
                                                   TextCheck check) {
    const std::size_t before = reader.count();
    std::vector<std::string> texts;
    const auto add = [&](Value one, std::string_view called) {
        std::optional<std::string> text = read_text(reader, one, called);
        if (!text) {
            return;
        }
        if (const Result<void> sound = check == nullptr ? Result<void>() : check(*text); !sound) {
            reader.report(one, sound.error());
            return;
        }
        texts.push_back(*std::move(text));
    };
    if (!value.is_list()) {
        add(value, name);
    } else if (is_sound(reader, value, NodeKind::list, name)) {
        const std::string called = fmt::format("an entry of {}", name);
        value.for_each([&](Value one) { add(one, called); });
    }
    if (texts.empty() && reader.count() == before) {
        reader.report(value, fmt::format("{} is empty", name), "give it a value or take it out");
    }
    return reader.count() == before ? std::optional(std::move(texts)) : std::nullopt;
}

std::optional<bool> read_flag(Reader& reader, Value value, std::string_view name) {
    if (!is_sound(reader, value, NodeKind::text, name)) {
        return std::nullopt;
    }
    const std::string_view text = value.text();
    if (value.is_plain() && (text == "true" || text == "false")) {
        return text == "true";
    }
    std::string hint = "write true or false";
    if (is_one_of(text, yes_words)) {
        hint = "write true, without quotes";
    } else if (is_one_of(text, no_words)) {
        hint = "write false, without quotes";
    }
    reader.report(value, fmt::format("{} must be true or false, not {}", name, quoted(text)), hint);
    return std::nullopt;
}

std::optional<std::chrono::milliseconds> read_duration(Reader& reader,
                                                       Value value,
                                                       std::string_view name,
                                                       const DurationLimits& limits) {
    if (!is_sound(reader, value, NodeKind::text, name)) {
        return std::nullopt;
    }
    const Result<std::chrono::milliseconds> duration = parse_duration(value.text());
    if (!duration) {
        reader.report(
            value, fmt::format("{}: {}", name, duration.error().message), duration.error().hint);
        return std::nullopt;
    }
    if (*duration < limits.least || *duration > limits.most) {
        reader.report(value,
                      fmt::format("{} cannot be {}", name, printable(value.text())),
                      std::string(limits.hint));
        return std::nullopt;
    }
    return *duration;
}

std::optional<std::uint32_t> read_percent(Reader& reader, Value value, std::string_view name) {
    if (!is_sound(reader, value, NodeKind::text, name)) {
        return std::nullopt;
    }
    std::string_view text = value.text();
    const bool has_sign = text.ends_with('%');
    if (has_sign) {
        text.remove_suffix(1);
    }
    const std::optional<std::uint32_t> number = number_of(text, 10);
    if (has_sign && number && *number >= 1 && *number <= 100) {
        return number;
    }
    reader.report(value,
                  fmt::format("{} must be a share such as 10%, not {}", name, quoted(value.text())),
                  number && !has_sign && *number >= 1 && *number <= 100
                      ? fmt::format("write {}%", *number)
                      : "write a whole number from 1 to 100 and '%'");
    return std::nullopt;
}

std::optional<std::uint32_t> read_mode(Reader& reader, Value value, std::string_view name) {
    if (!is_sound(reader, value, NodeKind::text, name)) {
        return std::nullopt;
    }
    const std::string_view text = value.text();
    const std::optional<std::uint32_t> mode = number_of(text, 8);
    if (value.is_plain()) {
        reader.report(value,
                      fmt::format("{} is not in quotes: {}", name, printable(text)),
                      bare_mode_hint(text));
        return std::nullopt;
    }
    if (!mode || text.size() < 3 || text.size() > 4) {
        reader.report(
            value,
            fmt::format("{} must be three or four octal digits, not {}", name, quoted(text)),
            "\"0644\" is read by all and written by the owner, \"0755\" may be run too, "
            "\"0600\" is the owner's alone");
        return std::nullopt;
    }
    return mode;
}

std::string suggestion(std::string_view word,
                       const std::vector<std::string_view>& candidates,
                       std::string_view introduction) {
    if (const std::string_view near = nearest(word, candidates); !near.empty()) {
        return fmt::format("did you mean '{}'?", near);
    }
    std::string all;
    for (const std::string_view candidate : candidates) {
        all += fmt::format("{}'{}'", all.empty() ? "" : ", ", candidate);
    }
    return fmt::format("{} {}", introduction, all);
}

std::optional<std::size_t> read_word(Reader& reader,
                                     Value value,
                                     std::string_view name,
                                     const std::vector<std::string_view>& words) {
    if (!is_sound(reader, value, NodeKind::text, name)) {
        return std::nullopt;
    }
    const std::string_view text = value.text();
    const auto found = std::ranges::find(words, text);
    if (found != words.end()) {
        return static_cast<std::size_t>(found - words.begin());
    }
    const std::string_view meant = in_the_sense_of(text, words);
    reader.report(value,
                  fmt::format("{} cannot be {}", name, quoted(text)),
                  meant.empty() ? suggestion(text, words, "it is one of")
                                : fmt::format("did you mean '{}'?", meant));
    return std::nullopt;
}

}  // namespace envkeep::manifest

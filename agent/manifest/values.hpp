// SPDX-License-Identifier: MIT
#pragma once

#include "manifest/reader.hpp"
#include "manifest/words.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Single values of a manifest. Each reports what is wrong and then gives none; `name` is what the
// user calls it: "'path'".
namespace envkeep::manifest {

// Whether the value is of that kind; reports what it is instead, with `hint` if there is a better
// one than for any value of the kind.
[[nodiscard]] bool is_sound(
    Reader& reader, Value value, NodeKind wanted, std::string_view name, std::string hint = {});

// What to do where a value is missing.
[[nodiscard]] std::string hint_for_nothing(Value nothing);

// Text that YAML readers take for text: a bare number, `yes` or `null` is refused.
[[nodiscard]] std::optional<std::string> read_text(Reader& reader,
                                                   Value value,
                                                   std::string_view name);

// Text as it is written, bare numbers and words too.
[[nodiscard]] std::optional<std::string> read_as_written(Reader& reader,
                                                         Value value,
                                                         std::string_view name);

using TextCheck = Result<void> (*)(std::string_view text);

// One text, or a list of them with at least one; each must pass the check, if there is one.
[[nodiscard]] std::optional<std::vector<std::string>> read_texts(Reader& reader,
                                                                 Value value,
                                                                 std::string_view name,
                                                                 TextCheck check = nullptr);

// `true` or `false`, without quotes.
[[nodiscard]] std::optional<bool> read_flag(Reader& reader, Value value, std::string_view name);

struct DurationLimits {
    std::chrono::milliseconds least;
    std::chrono::milliseconds most;
    std::string_view hint;
};

[[nodiscard]] std::optional<std::chrono::milliseconds> read_duration(Reader& reader,
                                                                     Value value,
                                                                     std::string_view name,
                                                                     const DurationLimits& limits);

// "10%", from 1 to 100.
[[nodiscard]] std::optional<std::uint32_t> read_percent(Reader& reader,
                                                        Value value,
                                                        std::string_view name);

// A quoted octal number up to "7777".
[[nodiscard]] std::optional<std::uint32_t> read_mode(Reader& reader,
                                                     Value value,
                                                     std::string_view name);

// "did you mean 'keep'?", or all there are.
[[nodiscard]] std::string suggestion(std::string_view word,
                                     const std::vector<std::string_view>& candidates,
                                     std::string_view introduction);

// One of a few words. `yes`, `no` and their like are led to the word of that sense.
[[nodiscard]] std::optional<std::size_t> read_word(Reader& reader,
                                                   Value value,
                                                   std::string_view name,
                                                   const std::vector<std::string_view>& words);

template <typename T, std::size_t Count>
[[nodiscard]] std::optional<T> read_choice(Reader& reader,
                                           Value value,
                                           std::string_view name,
                                           const std::array<Choice<T>, Count>& choices) {
    std::vector<std::string_view> words;
    for (const Choice<T>& choice : choices) {
        words.push_back(choice.first);
    }
    const std::optional<std::size_t> index = read_word(reader, value, name, words);
    if (!index) {
        return std::nullopt;
    }
    return choices[*index].second;
}

// Takes a value over if there is one.
template <typename To, typename From>
void assign(To& to, std::optional<From> from) {
    if (from) {
        to = *std::move(from);
    }
}

// What YAML 1.1 or 1.2 reads a bare word as, other than text: "the number 12", "a yes or no"; else
// empty.
[[nodiscard]] std::string_view other_meaning(std::string_view word);

}  // namespace envkeep::manifest

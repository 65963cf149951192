// SPDX-License-Identifier: MIT
#include "manifest/fields.hpp"

#include "envkeep/core/text.hpp"

#include <algorithm>
#include <array>

namespace envkeep::manifest {
namespace {

// Words that mean one of our keys and look like none.
struct OtherWord {
    std::string_view word;
    std::string_view key;
};

constexpr auto other_words = std::to_array<OtherWord>({
    {"preset", "modes"},
    {"presets", "modes"},
    {"source", "to"},
    {"target", "to"},
});

std::string hint_for_key(std::string_view word, const std::vector<std::string_view>& known) {
    if (word == "<<") {
        return "merge keys are not read: write the keys out";
    }
    const auto other = std::ranges::find(other_words, word, &OtherWord::word);
    if (other != other_words.end() && std::ranges::find(known, other->key) != known.end()) {
        return fmt::format("did you mean '{}'?", other->key);
    }
    return suggestion(word, known, "the keys here are");
}

}  // namespace

std::optional<std::size_t> KeyCheck::index_of(Value key) {
    if (key.is_text() && key.spans_lines()) {
        const SourceText& source = reader_->source();
        reader_->report(
            key,
            "a key without ':'",
            fmt::format("write '{}:'",
                        printable(trimmed(source.line(source.line_of(key.position()))))));
        return std::nullopt;
    }
    if (!is_sound(*reader_, key, NodeKind::text, "a key")) {
        return std::nullopt;
    }
    const std::string_view text = key.text();
    const auto found = std::ranges::find(known_, text);
    if (found == known_.end()) {
        reader_->report(
            key, fmt::format("unknown key {}", quoted(text)), hint_for_key(text, known_));
        return std::nullopt;
    }
    const auto index = static_cast<std::size_t>(found - known_.begin());
    if (seen_[index] != 0) {
        reader_->report(key,
                        fmt::format("key {} is given twice", quoted(text)),
                        fmt::format("it stands in line {} already: take one out",
                                    reader_->source().line_of(seen_[index] - 1) + 1));
        return std::nullopt;
    }
    seen_[index] = key.position() + 1;
    return index;
}

void report_empty(Reader& reader, Value key, Value nothing) {
    reader.report(
        key, fmt::format("{} has no value", quoted(key.text())), hint_for_nothing(nothing));
}

}  // namespace envkeep::manifest

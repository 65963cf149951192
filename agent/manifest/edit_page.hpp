// SPDX-License-Identifier: MIT
#pragma once

#include "manifest/keep_list.hpp"
#include "manifest/parse_yaml.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The text of a manifest with the places where an edit goes.
namespace envkeep::manifest {

// The byte order mark that a text begins with, or nothing.
[[nodiscard]] std::string_view mark_of(std::string_view text);

// One piece of text put in the place of another.
struct Replacement {
    TextRange range;
    std::string text;
};

[[nodiscard]] Replacement insertion(std::uint32_t position, std::string text);

[[nodiscard]] std::string with(std::string_view text, std::vector<Replacement> replacements);

// A key of the map and its value, as they are written.
struct NewField {
    std::string_view key;
    std::string_view value;
};

class Page {
  public:
    explicit Page(std::string_view text);

    [[nodiscard]] bool is_editable() const {
        return is_map_ && parsed_.faults.empty() && list_.style != ListStyle::other;
    }

    [[nodiscard]] const KeepList& list() const { return list_; }

    [[nodiscard]] const SourceText& source() const { return source_; }

    [[nodiscard]] std::string_view text() const { return source_.text(); }

    [[nodiscard]] std::string_view line_end() const;

    // The value of a key of the manifest; the tree is the page's.
    [[nodiscard]] std::optional<Value> section(std::string_view key) const;

    // The entry of `keep:` whose value begins there; the tree is the page's.
    [[nodiscard]] std::optional<Value> entry_at(std::uint32_t position) const;

    // The end of the line that holds `position`, its line end excluded.
    [[nodiscard]] std::uint32_t end_of_line(std::uint32_t position) const;

    // One past the comma that follows `position`, blanks between them allowed; else `position`.
    [[nodiscard]] std::uint32_t after_comma(std::uint32_t position) const;

    // Whether nothing but the entry (a comma and a comment behind it allowed) is on its lines.
    [[nodiscard]] bool has_own_lines(const TextRange& entry) const;

  private:
    SourceText source_;
    Parsed parsed_;
    KeepList list_;
    bool is_map_ = false;
};

// Behind the last value of a map in { }, else on a line of its own under its key `under`.
[[nodiscard]] Replacement new_field(const Page& page,
                                    const Value& map,
                                    std::string_view under,
                                    const NewField& field);

// One more entry, as it is written, of a list of the map; `under` as for a new field.
struct NewEntry {
    std::string_view key;
    std::string_view under;
    std::string entry;
};

// Whichever way that list is written: also as a single text, or not yet.
[[nodiscard]] Replacement one_more(const Page& page, const Value& map, const NewEntry& added);

// The text with a section at its end: `inside` where the manifest is one { }, else `lines`.
[[nodiscard]] std::string with_new_section(const Page& page,
                                           const std::string& inside,
                                           const std::string& lines);

}  // namespace envkeep::manifest

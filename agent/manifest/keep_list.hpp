// SPDX-License-Identifier: MIT
#pragma once

#include "manifest/yaml_tree.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

// Where the entries of `keep:` stand in the text of a manifest, to the byte.
namespace envkeep::manifest {

struct TextRange {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;  // one past the last byte

    friend bool operator==(const TextRange&, const TextRange&) = default;
};

enum class ListStyle {
    missing,  // no `keep` at all
    empty,    // `keep:` without a value
    block,    // entries with '- '
    flow,     // [ ]
    other,    // no list, or one with an entry that has no value
};

struct KeepList {
    ListStyle style = ListStyle::missing;
    bool is_root_flow = false;      // the manifest is one { }
    TextRange root;                 // of a manifest in { }, brackets included
    std::uint32_t root_column = 0;  // of the keys otherwise
    std::uint32_t key_line = 0;     // from 0, where there is a key
    TextRange list;                 // flow: with its brackets; empty: a word for nothing, if any
    std::vector<TextRange>
        entries;  // block: whole lines without the last line end; flow: the value
    std::vector<std::uint32_t> positions;  // where the value of each entry begins
    std::uint32_t indentation = 2;         // of the '-'
};

// The tree must be that of a map.
[[nodiscard]] KeepList find_keep_list(const Tree& tree);

// One past the last byte of a value on one line or in brackets: quotes and brackets are followed.
[[nodiscard]] std::uint32_t end_of_value(const Value& value);

}  // namespace envkeep::manifest

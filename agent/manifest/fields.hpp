// SPDX-License-Identifier: MIT
#pragma once

#include "manifest/values.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

// Maps with known keys. One table a kind of map says which keys there are and how each is read; the
// schema is held against the same tables.
namespace envkeep::manifest {

enum class Emptiness { refused, allowed };

template <typename T>
struct Field {
    std::string_view key;
    void (*read)(Reader& reader, Value value, T& out) = nullptr;
    Emptiness when_empty = Emptiness::refused;
};

// What is wrong with the keys themselves: no text, unknown, given twice, without a value.
class KeyCheck {
  public:
    KeyCheck(Reader& reader, std::vector<std::string_view> known)
        : reader_(&reader), known_(std::move(known)), seen_(known_.size()) {}

    // The index of a key that is sound; none (and a report) otherwise.
    [[nodiscard]] std::optional<std::size_t> index_of(Value key);

  private:
    Reader* reader_;
    std::vector<std::string_view> known_;
    std::vector<std::uint32_t> seen_;  // byte of the first counted from 1; 0: not yet
};

void report_empty(Reader& reader, Value key, Value nothing);

// Reads each field of a map into `out`; reports what is no map, unknown, doubled or without a
// value. Gives whether all was well.
template <typename T>
bool read_fields(
    Reader& reader, Value map, std::string_view name, std::span<const Field<T>> fields, T& out) {
    const std::size_t before = reader.count();
    if (!map.is_map()) {
        const std::string hint =
            fmt::format("write 'key: value' pairs, such as {{{}: ...}}", fields[0].key);
        static_cast<void>(is_sound(reader, map, NodeKind::map, name, hint));
        return false;
    }
    if (!is_sound(reader, map, NodeKind::map, name)) {
        return false;
    }
    std::vector<std::string_view> known;
    known.reserve(fields.size());
    for (const Field<T>& field : fields) {
        known.push_back(field.key);
    }
    KeyCheck keys(reader, std::move(known));
    std::optional<Value> key;
    map.for_each([&](Value node) {
        if (!key) {
            key = node;
            return;
        }
        if (const auto index = keys.index_of(*key)) {
            const Field<T>& field = fields[*index];
            if (node.is_null() && field.when_empty == Emptiness::refused) {
                report_empty(reader, *key, node);
            } else {
                field.read(reader, node, out);
            }
        }
        key.reset();
    });
    return reader.count() == before;
}

template <typename T>
[[nodiscard]] std::vector<std::string_view> keys_of(std::span<const Field<T>> fields) {
    std::vector<std::string_view> keys;
    for (const Field<T>& field : fields) {
        keys.push_back(field.key);
    }
    return keys;
}

}  // namespace envkeep::manifest

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace envkeep {

// A JSON value that keeps the order of its members. Text is UTF-8; other bytes are written as
// U+FFFD, so whoever must give back exact bytes encodes them first (see `json_bytes`).
class Json {
  public:
    using Array = std::vector<Json>;
    using Member = std::pair<std::string, Json>;
    using Object = std::vector<Member>;

    Json() = default;

    Json(std::nullptr_t) {}

    Json(bool value) : value_(value) {}

    Json(int value) : value_(std::int64_t{value}) {}

    Json(std::int64_t value) : value_(value) {}

    Json(std::uint64_t value) : value_(static_cast<std::int64_t>(value)) {}

    Json(double value) : value_(value) {}

    Json(const char* value) : value_(std::string(value)) {}

    Json(std::string_view value) : value_(std::string(value)) {}

    Json(std::string value) : value_(std::move(value)) {}

    Json(Array value) : value_(std::move(value)) {}

    Json(Object value) : value_(std::move(value)) {}

    [[nodiscard]] static Json object() { return Json(Object{}); }

    [[nodiscard]] static Json array() { return Json(Array{}); }

    [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(value_); }

    [[nodiscard]] const Array* as_array() const { return std::get_if<Array>(&value_); }

    [[nodiscard]] const Object* as_object() const { return std::get_if<Object>(&value_); }

    [[nodiscard]] const std::string* as_string() const { return std::get_if<std::string>(&value_); }

    // The member of that name, or nullptr: also when this is no object.
    [[nodiscard]] const Json* find(std::string_view name) const;

    // The member's value if it is there and of that type, else the default.
    [[nodiscard]] std::string text_or(std::string_view name, std::string_view otherwise) const;
    [[nodiscard]] std::int64_t number_or(std::string_view name, std::int64_t otherwise) const;
    [[nodiscard]] bool flag_or(std::string_view name, bool otherwise) const;

    // Adds a member at the end; this becomes an object if it was null.
    Json& set(std::string name, Json value);
    // Adds an element at the end; this becomes an array if it was null.
    Json& add(Json value);

    // Refuses (io) what is no JSON, is cut short, or nests deeper than 200 levels.
    [[nodiscard]] static Result<Json> parse(std::string_view text);

    [[nodiscard]] std::string compact() const;  // one line, no line feed at its end
    [[nodiscard]] std::string pretty() const;   // two spaces a level, no line feed at its end

    [[nodiscard]] const auto& value() const { return value_; }

    friend bool operator==(const Json&, const Json&) = default;

  private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> value_;
};

// Any bytes as JSON text that `bytes_of_json` gives back exactly: valid UTF-8 without U+0000 and
// backslash stays as it is, every other byte becomes \xNN.
[[nodiscard]] std::string json_bytes(std::string_view bytes);
[[nodiscard]] std::string bytes_of_json(std::string_view text);

}  // namespace envkeep

// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"

#include "core/utf8.hpp"
#include "envkeep/core/match.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace envkeep {
namespace {

using Library = nlohmann::ordered_json;

constexpr int deepest = 200;

Library to_library(const Json& json) {
    return match(
        json.value(),
        [](std::monostate) { return Library(nullptr); },
        [](const Json::Array& elements) {
            Library out = Library::array();
            for (const Json& element : elements) {
                out.push_back(to_library(element));
            }
            return out;
        },
        [](const Json::Object& members) {
            Library out = Library::object();
            for (const auto& [name, value] : members) {
                out[name] = to_library(value);
            }
            return out;
        },
        [](const auto& scalar) { return Library(scalar); });
}

Json from_library(const Library& value) {
    switch (value.type()) {
        case Library::value_t::boolean:
            return value.get<bool>();
        case Library::value_t::number_integer:
        case Library::value_t::number_unsigned:
            return value.get<std::int64_t>();
        case Library::value_t::number_float:
            return value.get<double>();
        case Library::value_t::string:
            return value.get<std::string>();
        case Library::value_t::array: {
            Json out = Json::array();
            for (const Library& element : value) {
                out.add(from_library(element));
            }
            return out;
        }
        case Library::value_t::object: {
            Json out = Json::object();
            for (const auto& [name, member] : value.items()) {
                out.set(name, from_library(member));
            }
            return out;
        }
        default:
            return nullptr;
    }
}

// Brackets outside of strings: what the library would recurse into.
bool nests_too_deep(std::string_view text) {
    int depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            i += c == '\\' ? 1 : 0;
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > deepest) {
                return true;
            }
        } else if (c == ']' || c == '}') {
            --depth;
        }
    }
    return false;
}

}  // namespace

const Json* Json::find(std::string_view name) const {
    const Object* const members = as_object();
    if (members == nullptr) {
        return nullptr;
    }
    const auto found = std::find_if(
        members->begin(), members->end(), [&](const Member& one) { return one.first == name; });
    return found == members->end() ? nullptr : &found->second;
}

std::string Json::text_or(std::string_view name, std::string_view otherwise) const {
    const Json* const member = find(name);
    const std::string* const text = member == nullptr ? nullptr : member->as_string();
    return text == nullptr ? std::string(otherwise) : *text;
}

std::int64_t Json::number_or(std::string_view name, std::int64_t otherwise) const {
    const Json* const member = find(name);
    const auto* const number =
        member == nullptr ? nullptr : std::get_if<std::int64_t>(&member->value_);
    return number == nullptr ? otherwise : *number;
}

bool Json::flag_or(std::string_view name, bool otherwise) const {
    const Json* const member = find(name);
    const bool* const flag = member == nullptr ? nullptr : std::get_if<bool>(&member->value_);
    return flag == nullptr ? otherwise : *flag;
}

Json& Json::set(std::string name, Json value) {
    if (is_null()) {
        value_ = Object{};
    }
    std::get<Object>(value_).emplace_back(std::move(name), std::move(value));
    return *this;
}

Json& Json::add(Json value) {
    if (is_null()) {
        value_ = Array{};
    }
    std::get<Array>(value_).push_back(std::move(value));
    return *this;
}

Result<Json> Json::parse(std::string_view text) {
    if (nests_too_deep(text)) {
        return failure(ErrorKind::io, fmt::format("JSON nests deeper than {} levels", deepest));
    }
    const Library value = Library::parse(text, nullptr, false);
    if (value.is_discarded()) {
        return failure(ErrorKind::io, "text is no complete JSON document");
    }
    return from_library(value);
}

std::string Json::compact() const {
    return to_library(*this).dump(-1, ' ', false, Library::error_handler_t::replace);
}

std::string Json::pretty() const {
    return to_library(*this).dump(2, ' ', false, Library::error_handler_t::replace);
}

std::string json_bytes(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const std::size_t length = utf8_sequence(bytes);
        if (length == 0 || bytes[0] == '\\' || bytes[0] == '\0') {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(bytes[0]));
            bytes.remove_prefix(1);
        } else {
            out += bytes.substr(0, length);
            bytes.remove_prefix(length);
        }
    }
    return out;
}

std::string bytes_of_json(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x' &&
            std::from_chars(&text[i + 2], &text[i + 2] + 2, value, 16).ptr == &text[i + 2] + 2) {
            out += static_cast<char>(value);
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace envkeep

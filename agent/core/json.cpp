// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"

#include "core/utf8.hpp"
#include "envkeep/core/match.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>
#include <vector>

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
                out.get_ref<Library::object_t&>().emplace_back(name, to_library(value));
            }
            return out;
        },
        [](const auto& scalar) { return Library(scalar); });
}

// Of members with one name the last counts, in the first one's place.
void keep_last_of_each(Json::Object& members) {
    std::vector<std::size_t> order(members.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(
        order, {}, [&](std::size_t i) -> const std::string& { return members[i].first; });
    std::vector<bool> is_repeated(members.size());
    std::size_t first = 0;  // of those with this name
    for (std::size_t i = 1; i < order.size(); ++i) {
        if (members[order[i]].first == members[order[first]].first) {
            members[order[first]].second = std::move(members[order[i]].second);
            is_repeated[order[i]] = true;
        } else {
            first = i;
        }
    }
    std::size_t at = 0;
    std::erase_if(members, [&](const Json::Member&) { return is_repeated[at++]; });
}

// Takes what the library reads. Its own objects would look through all members at each new one.
class Builder final : public nlohmann::json_sax<Library> {
  public:
    Json take() && { return std::move(document_); }

    bool null() override { return add(nullptr); }

    bool boolean(bool value) override { return add(value); }

    bool number_integer(std::int64_t value) override { return add(value); }

    bool number_unsigned(std::uint64_t value) override { return add(value); }

    bool number_float(double value, const std::string& /*text*/) override { return add(value); }

    bool string(std::string& value) override { return add(std::move(value)); }

    bool binary(Library::binary_t& /*bytes*/) override { return false; }

    bool start_object(std::size_t /*size*/) override { return open(true); }

    bool key(std::string& name) override {
        levels_.back().name = std::move(name);
        return true;
    }

    bool end_object() override {
        keep_last_of_each(levels_.back().members);
        return close(std::move(levels_.back().members));
    }

    bool start_array(std::size_t /*size*/) override { return open(false); }

    bool end_array() override { return close(std::move(levels_.back().elements)); }

    bool parse_error(std::size_t /*position*/,
                     const std::string& /*token*/,
                     const nlohmann::detail::exception& /*error*/) override {
        return false;
    }

  private:
    struct Level {
        bool is_object = false;
        Json::Object members;
        Json::Array elements;
        std::string name;  // of the member that comes next
    };

    bool open(bool is_object) {
        levels_.push_back({.is_object = is_object, .members = {}, .elements = {}, .name = {}});
        return true;
    }

    bool close(Json whole) {
        levels_.pop_back();
        return add(std::move(whole));
    }

    bool add(Json value) {
        if (levels_.empty()) {
            document_ = std::move(value);
        } else if (levels_.back().is_object) {
            levels_.back().members.emplace_back(std::move(levels_.back().name), std::move(value));
        } else {
            levels_.back().elements.push_back(std::move(value));
        }
        return true;
    }

    std::vector<Level> levels_;
    Json document_;
};

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

// Of a valid sequence of at most three bytes.
unsigned code_point(std::string_view sequence) {
    const auto bits = [&](std::size_t at) {
        return static_cast<unsigned char>(sequence[at]) &
               (at == 0 ? 0x7FU >> sequence.size() : 0x3FU);
    };
    unsigned code = sequence.size() == 1 ? static_cast<unsigned char>(sequence[0]) : bits(0);
    for (std::size_t at = 1; at < sequence.size(); ++at) {
        code = (code << 6U) | bits(at);
    }
    return code;
}

// The library escapes C0 only. Outside of strings there is nothing else to escape.
std::string for_terminals(std::string text) {
    const auto is_special = [](char c) { return static_cast<unsigned char>(c) >= 0x7F; };
    const auto at = std::ranges::find_if(text, is_special);
    if (at == text.end()) {
        return text;
    }
    std::string out(text.begin(), at);
    std::string_view rest(at, text.end());
    while (!rest.empty()) {
        const std::string_view sequence =
            rest.substr(0, std::max<std::size_t>(utf8_sequence(rest), 1));
        if (is_special(sequence.front()) && is_control(sequence)) {
            out += fmt::format("\\u{:04x}", code_point(sequence));
        } else {
            out += sequence;
        }
        rest.remove_prefix(sequence.size());
    }
    return out;
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
    Builder builder;
    if (!Library::sax_parse(text, &builder)) {
        return failure(ErrorKind::io, "text is no complete JSON document");
    }
    return std::move(builder).take();
}

std::string Json::compact() const {
    return for_terminals(to_library(*this).dump(-1, ' ', false, Library::error_handler_t::replace));
}

std::string Json::pretty() const {
    return for_terminals(to_library(*this).dump(2, ' ', false, Library::error_handler_t::replace));
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

// SPDX-License-Identifier: MIT
#include "cli/render_doctor.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::cli {
namespace {

bool is_empty(const Json& json) {
    const std::string* const text = json.as_string();
    return json.is_null() || (text != nullptr && text->empty()) ||
           (json.as_array() != nullptr && json.as_array()->empty()) ||
           (json.as_object() != nullptr && json.as_object()->empty());
}

// Values without members of their own, or a list of such.
bool is_plain(const Json& json) {
    const Json::Array* const elements = json.as_array();
    return is_empty(json) ||
           (json.as_object() == nullptr &&
            (elements == nullptr || std::ranges::all_of(*elements, [](const Json& element) {
                 return element.as_object() == nullptr && element.as_array() == nullptr;
             })));
}

std::string plain_text(const Json& json) {
    if (is_empty(json)) {
        return "-";
    }
    if (const std::string* const text = json.as_string()) {
        return printable(*text);
    }
    const Json::Array* const elements = json.as_array();
    if (elements == nullptr) {
        return json.compact();
    }
    std::string out;
    for (const Json& element : *elements) {
        out += (out.empty() ? "" : ", ") + plain_text(element);
    }
    return out;
}

void add_lines(const Json& json, std::string_view name, std::size_t depth, std::string& out);

// An element of a list: on one line, without what is empty, where no member has members.
void add_element(const Json& element, std::size_t depth, std::string& out) {
    const Json::Object& members = *element.as_object();
    const std::size_t begin = out.size();
    const bool is_line = std::ranges::all_of(
        members, [](const Json::Member& member) { return is_plain(member.second); });
    if (is_line) {
        out += std::string(depth * 2, ' ') + "  ";
    }
    const std::size_t first = out.size();
    for (const auto& [key, value] : members) {
        if (!is_line) {
            add_lines(value, key, depth + 1, out);
        } else if (!is_empty(value)) {
            out += fmt::format(
                "{}{}: {}", out.size() == first ? "" : ", ", printable(key), plain_text(value));
        }
    }
    if (is_line) {
        out += '\n';
    }
    out[begin + (depth * 2)] = '-';
}

// Members of objects and elements of lists on lines of their own.
void add_lines(const Json& json, std::string_view name, std::size_t depth, std::string& out) {
    const std::string indent(depth * 2, ' ');
    if (is_plain(json)) {
        out += fmt::format("{}{}: {}\n", indent, printable(name), plain_text(json));
        return;
    }
    out += fmt::format("{}{}:\n", indent, printable(name));
    if (const Json::Array* const elements = json.as_array()) {
        for (const Json& element : *elements) {
            add_element(element, depth + 1, out);
        }
        return;
    }
    for (const auto& [key, value] : *json.as_object()) {
        add_lines(value, key, depth + 1, out);
    }
}

}  // namespace

std::string facts_text(const Json& facts) {
    std::string out;
    for (const auto& [name, value] : *facts.as_object()) {
        add_lines(value, name, 0, out);
    }
    return out;
}

}  // namespace envkeep::cli

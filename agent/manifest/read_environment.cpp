// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/manifest/shell_names.hpp"
#include "manifest/sections.hpp"
#include "manifest/variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace envkeep::manifest {
namespace {

constexpr std::string_view empty_hint =
    "write \"\" for an empty one; for the home write ~/ or $HOME";

bool check_name(Reader& reader, Value key) {
    if (!is_sound(reader, key, NodeKind::text, "a name in 'env'")) {
        return false;
    }
    const std::string_view name = key.text();
    if (!is_variable_name(name)) {
        reader.report(key,
                      fmt::format("{} is no name of a variable", quoted(name)),
                      "use letters, digits and '_', and begin with none of the digits");
        return false;
    }
    if (is_set_by_shells(name)) {
        reader.report(
            key, fmt::format("{} is set by the shell alone", quoted(name)), "choose another name");
        return false;
    }
    if (name == "HOME" || name == "IFS" || name.starts_with("ENVKEEP_")) {
        reader.report(
            key,
            fmt::format("{} decides what shells and envkeep itself do", quoted(name)),
            "take it out; where the platform sets variables it can be set for all of them");
        return false;
    }
    return true;
}

// What begins with that alone has no `ls` any more, and no `jupyter`.
bool has_programs(std::string_view path) {
    const std::vector<std::string_view> parts = split(path, ':');
    return std::ranges::any_of(parts, [](std::string_view part) {
        return part == "/usr/bin" || part == "/bin" || part == "$PATH" || part == "${PATH}";
    });
}

bool check_path_value(Reader& reader, Value value, const Variable& variable) {
    if (variable.name != "PATH" || !variable.value || has_programs(*variable.value)) {
        return true;
    }
    reader.report(value,
                  "'PATH' would be this alone: no command would be found any more",
                  "add to what is there: PATH: {prepend: [~/.local/bin]}");
    return false;
}

// A value that is a path must be one that can be expanded.
bool check_dollars(Reader& reader, Value value, std::string_view text) {
    if (text.empty() || std::string_view("~/$").find(text.front()) == std::string_view::npos) {
        return true;
    }
    if (const auto pieces = split_variables(text); !pieces) {
        reader.report(value, pieces.error());
        return false;
    }
    return true;
}

std::optional<std::string> read_value(Reader& reader, Value value, std::string_view name) {
    if (value.is_null()) {
        reader.report(value, fmt::format("{} has no value", name), std::string(empty_hint));
        return std::nullopt;
    }
    std::optional<std::string> text = read_as_written(reader, value, name);
    return text && check_dollars(reader, value, *text) ? text : std::nullopt;
}

std::optional<std::string> read_element(Reader& reader, Value value) {
    std::optional<std::string> text = read_value(reader, value, "an element");
    if (!text) {
        return std::nullopt;
    }
    if (text->empty()) {
        reader.report(
            value, "an empty element", "programs take it for the current folder: take it out");
        return std::nullopt;
    }
    const std::size_t colon = text->find(':');
    if (colon != std::string::npos && !std::string_view(*text).substr(colon).starts_with(":-")) {
        reader.report(value,
                      fmt::format("element {} holds a ':'", quoted(*text)),
                      "write each as an element of its own: [~/bin, /opt/bin]");
        return std::nullopt;
    }
    return text;
}

void read_elements(Reader& reader, Value value, std::vector<std::string>& elements) {
    const std::size_t before = reader.count();
    const auto add = [&](Value one) {
        if (auto text = read_element(reader, one)) {
            elements.push_back(*std::move(text));
        }
    };
    if (!value.is_list()) {
        add(value);
    } else if (is_sound(reader, value, NodeKind::list, "the list")) {
        value.for_each(add);
    }
    if (elements.empty() && reader.count() == before) {
        reader.report(value, "the list is empty", "name an element or take the key out");
    }
}

constexpr auto variable_fields = std::to_array<Field<Variable>>({
    {"set",
     [](Reader& reader, Value value, Variable& variable) {
         variable.value = read_value(reader, value, "'set'");
     },
     Emptiness::allowed},
    {"prepend",
     [](Reader& reader, Value value, Variable& variable) {
         read_elements(reader, value, variable.prepend);
     }},
    {"append",
     [](Reader& reader, Value value, Variable& variable) {
         read_elements(reader, value, variable.append);
     }},
    {"when",
     [](Reader& reader, Value value, Variable& variable) {
         assign(variable.when, read_condition(reader, value));
     }},
});

bool read_map(Reader& reader, Value value, std::string_view name, Variable& variable) {
    if (!read_fields<Variable>(reader, value, name, variable_fields, variable)) {
        return false;
    }
    const bool has_parts = !variable.prepend.empty() || !variable.append.empty();
    if (variable.value && has_parts) {
        reader.report(value,
                      fmt::format("{} is both set and added to", name),
                      "take out 'set', or 'prepend' and 'append'");
        return false;
    }
    if (!variable.value && !has_parts) {
        reader.report(
            value, fmt::format("{} has no value", name), "add 'set', 'prepend' or 'append'");
        return false;
    }
    return true;
}

std::optional<Variable> read_variable(Reader& reader, Value key, Value value) {
    Variable variable;
    variable.name = key.text();
    variable.mark = reader.mark(value.is_map() ? value : key);
    const std::string name = quoted(key.text());
    if (value.is_map()) {
        return read_map(reader, value, name, variable) && check_path_value(reader, value, variable)
                   ? std::optional(std::move(variable))
                   : std::nullopt;
    }
    if (value.is_null()) {
        reader.report(key, fmt::format("{} has no value", name), std::string(empty_hint));
        return std::nullopt;
    }
    variable.value = read_value(reader, value, name);
    return variable.value && check_path_value(reader, value, variable)
               ? std::optional(std::move(variable))
               : std::nullopt;
}

// One value, or a list of values with conditions.
void add_variables(Reader& reader, Value key, Value value, std::vector<Variable>& variables) {
    if (!check_name(reader, key)) {
        return;
    }
    const auto add = [&](Value one) {
        if (std::optional<Variable> variable = read_variable(reader, key, one)) {
            variables.push_back(*std::move(variable));
        }
    };
    if (!value.is_list()) {
        add(value);
        return;
    }
    const std::vector<Value> alternatives = value.children();
    const bool are_maps =
        std::ranges::all_of(alternatives, [](const Value& one) { return one.is_map(); });
    if (!are_maps || alternatives.empty()) {
        reader.report(value,
                      fmt::format("{} must be a text or a map, not a list", quoted(key.text())),
                      "write {prepend: [...]} or {append: [...]} to add to what is there");
        return;
    }
    std::ranges::for_each(alternatives, add);
}

// All go to the shell as one word, of which Linux allows 128 KiB; the values that are there and
// quotes come to it.
constexpr std::size_t most_bytes = std::size_t{64} << 10U;

std::size_t size_of(const std::vector<Variable>& variables) {
    std::size_t bytes = 0;
    for (const Variable& variable : variables) {
        bytes += variable.name.size() + variable.value.value_or("").size();
        for (const auto* const list : {&variable.prepend, &variable.append}) {
            for (const std::string& one : *list) {
                bytes += one.size();
            }
        }
    }
    return bytes;
}

}  // namespace

std::vector<Variable> read_environment(Reader& reader, Value value) {
    std::vector<Variable> variables;
    if (!is_sound(reader, value, NodeKind::map, "'env'")) {
        return variables;
    }
    const std::vector<Value> nodes = value.children();
    for (std::size_t i = 0; i + 1 < nodes.size(); i += 2) {
        add_variables(reader, nodes[i], nodes[i + 1], variables);
    }
    if (size_of(variables) > most_bytes) {
        reader.report(
            value,
            fmt::format("the variables are longer than {} KiB together", most_bytes / 1024),
            "a shell takes no more at once: put long values into a file");
        variables.clear();
    }
    return variables;
}

KnownKeys variable_keys() {
    return {.schema_name = "variable", .keys = keys_of<Variable>(variable_fields)};
}

}  // namespace envkeep::manifest

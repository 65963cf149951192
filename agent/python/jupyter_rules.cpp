// SPDX-License-Identifier: MIT
#include "python/jupyter_rules.hpp"

#include "envkeep/core/json.hpp"
#include "envkeep/core/text.hpp"

#include <algorithm>
#include <cstddef>

namespace envkeep::python {
namespace {

bool is_of_name(char c) {
    return c == '_' || (c >= '0' && c <= '9') || (lower_case(c) >= 'a' && lower_case(c) <= 'z');
}

// Where the name at the start of `text` ends; 0 if there is none.
std::size_t length_of_name(std::string_view text) {
    if (text.empty() || (text.front() >= '0' && text.front() <= '9')) {
        return 0;
    }
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_of_name) - text.begin());
}

// How much of `text`, which begins with "$", stands for `out`; 0 if it stands for itself.
std::size_t substitute(std::string_view text,
                       const std::map<std::string, std::string>& variables,
                       std::string& out) {
    if (text.starts_with("$$")) {
        out += '$';
        return 2;
    }
    const bool has_brace = text.starts_with("${");
    const std::size_t start = has_brace ? 2 : 1;
    const std::size_t length = length_of_name(text.substr(start));
    const auto known = variables.find(std::string(text.substr(start, length)));
    const std::size_t end = start + length;
    if (length == 0 || known == variables.end() ||
        (has_brace && (end >= text.size() || text[end] != '}'))) {
        return 0;
    }
    out += known->second;
    return end + (has_brace ? 1 : 0);
}

}  // namespace

std::optional<KernelText> parse_kernel(std::string_view text) {
    const auto json = Json::parse(text);
    const Json* const arguments = json ? json->find("argv") : nullptr;
    const Json::Array* const list = arguments != nullptr ? arguments->as_array() : nullptr;
    if (list == nullptr || list->empty() || list->front().as_string() == nullptr ||
        list->front().as_string()->empty()) {
        return std::nullopt;
    }
    KernelText kernel;
    for (const Json& argument : *list) {
        if (const std::string* const word = argument.as_string()) {
            kernel.arguments.push_back(*word);
        }
    }
    const Json* const variables = json->find("env");
    if (variables != nullptr && variables->as_object() != nullptr) {
        for (const auto& [name, value] : *variables->as_object()) {
            if (const std::string* const word = value.as_string()) {
                kernel.variables[name] = *word;
            }
        }
    }
    kernel.display_name = json->text_or("display_name", "");
    kernel.language = json->text_or("language", "");
    return kernel;
}

bool is_yes(const std::optional<std::string>& variable) {
    if (!variable) {
        return false;
    }
    constexpr std::array<std::string_view, 6> no{"no", "n", "false", "off", "0", "0.0"};
    return std::ranges::find(no, lower_case(*variable)) == no.end();
}

bool is_servers_own(std::string_view program, std::string_view version) {
    constexpr std::string_view minor = "python3.";
    if (program == "python" || program == "python3") {
        return true;
    }
    return program.starts_with(minor) &&
           (version.empty()
                ? program.find_first_not_of("0123456789", minor.size()) == std::string_view::npos
                : program.substr(6) == version);
}

std::string substituted(std::string_view text,
                        const std::map<std::string, std::string>& variables) {
    std::string out;
    while (!text.empty()) {
        const std::size_t dollar = std::min(text.find('$'), text.size());
        out += text.substr(0, dollar);
        text.remove_prefix(dollar);
        if (!text.empty()) {
            const std::size_t taken = substitute(text, variables, out);
            out += taken == 0 ? "$" : "";
            text.remove_prefix(std::max<std::size_t>(taken, 1));
        }
    }
    return out;
}

}  // namespace envkeep::python

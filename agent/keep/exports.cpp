// SPDX-License-Identifier: MIT
#include "envkeep/keep/exports.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/manifest/shell_names.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace envkeep::keep {
namespace {

using Lookup = std::function<std::optional<std::string>(std::string_view)>;

bool is_name(std::string_view name) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !name.empty() && is_letter(name[0]) &&
           std::ranges::all_of(name, [&](char c) { return is_letter(c) || is_digit(c); });
}

bool can_be_exported(std::string_view name, std::string_view value) {
    return is_name(name) && !manifest::is_set_by_shells(name) &&
           value.find('\0') == std::string_view::npos;
}

// The single parts that are to be added, each once.
std::vector<std::string_view> parts_of(const std::vector<std::string>& additions) {
    std::vector<std::string_view> parts;
    for (const std::string& addition : additions) {
        for (const std::string_view part : split(addition, ':')) {
            if (!part.empty() && std::ranges::find(parts, part) == parts.end()) {
                parts.push_back(part);
            }
        }
    }
    return parts;
}

std::string joined(const std::vector<std::string_view>& parts) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        text += i == 0 ? "" : ":";
        text += parts[i];
    }
    return text;
}

// What is added to an unset PATH alone would hide every program; bash has this one built in there.
constexpr std::string_view usual_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// What is to come first comes first, wherever it stood; what is to come last is added if missing.
// An empty part in between means the working folder, and stays the user's.
std::string extended(const std::string& before, const manifest::Variable& variable) {
    const std::vector<std::string_view> front = parts_of(variable.prepend);
    std::vector<std::string_view> all = front;
    if (!before.empty()) {
        for (const std::string_view part : split(before, ':')) {
            if (std::ranges::find(front, part) == front.end()) {
                all.push_back(part);
            }
        }
    }
    for (const std::string_view part : parts_of(variable.append)) {
        if (std::ranges::find(all, part) == all.end()) {
            all.push_back(part);
        }
    }
    return joined(all);
}

// What shell_quoted made a word of, up to the end of its line; the line is taken away.
std::string take_word(std::string_view& text) {
    std::string value;
    bool is_quoted = false;
    while (!text.empty()) {
        const char c = text.front();
        text.remove_prefix(1);
        if (c == '\'') {
            is_quoted = !is_quoted;
        } else if (c == '\n' && !is_quoted) {
            break;
        } else if (c == '\\' && !is_quoted && text.starts_with('\'')) {
            value += '\'';
            text.remove_prefix(1);
        } else {
            value += c;
        }
    }
    return value;
}

std::string value_before(const std::string& name, const Lookup& variable) {
    const std::string value = variable(name).value_or("");
    return value.empty() && name == "PATH" ? std::string(usual_path) : value;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> make_exports(const manifest::Manifest& evaluated,
                                                              const Lookup& variable) {
    std::vector<std::pair<std::string, std::string>> exports;
    std::map<std::string, std::size_t, std::less<>> known;
    for (const manifest::Variable& wanted : evaluated.environment) {
        const auto at = known.find(wanted.name);
        const std::string before =
            at != known.end() ? exports[at->second].second : value_before(wanted.name, variable);
        std::string value = extended(wanted.value.value_or(before), wanted);
        if (!can_be_exported(wanted.name, value)) {
            continue;
        }
        if (at != known.end()) {
            exports[at->second].second = std::move(value);
        } else {
            known.emplace(wanted.name, exports.size());
            exports.emplace_back(wanted.name, std::move(value));
        }
    }
    return exports;
}

std::string exports_text(const std::vector<std::pair<std::string, std::string>>& exports) {
    std::string text;
    for (const auto& [name, value] : exports) {
        if (can_be_exported(name, value)) {
            text += "export " + name + "=" + shell_quoted(value) + "\n";
        }
    }
    return text;
}

std::string whole_exports(std::string text) {
    constexpr std::string_view beginning = "export ";
    std::vector<std::pair<std::string, std::string>> exports;
    for (std::string_view rest = text; !rest.empty();) {
        const std::size_t end = rest.find('=');
        if (!rest.starts_with(beginning) || end == std::string_view::npos) {
            return {};
        }
        std::string name(rest.substr(beginning.size(), end - beginning.size()));
        rest.remove_prefix(end + 1);
        exports.emplace_back(std::move(name), take_word(rest));
    }
    return exports_text(exports) == text ? std::move(text) : std::string();
}

}  // namespace envkeep::keep

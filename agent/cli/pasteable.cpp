// SPDX-License-Identifier: MIT
#include "cli/pasteable.hpp"

#include "envkeep/core/secrets.hpp"
#include "envkeep/core/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace envkeep::cli {
namespace {

enum class Quotes { are_text, are_shells };

bool is_of_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
}

// Where `path` begins at `at`, alone or with something below it.
bool stands_at(std::string_view text, std::size_t at, std::string_view path, Quotes quotes) {
    const char before = at == 0 ? ' ' : text[at - 1];
    const std::string_view behind = text.substr(std::min(at + path.size(), text.size()));
    return text.substr(at).starts_with(path) && !is_of_name(before) && before != '/' &&
           (quotes == Quotes::are_text || (before != '\'' && before != '"')) &&
           (behind.empty() || !is_of_name(behind.front()));
}

bool is_of_word(char c) {
    return is_of_name(c) && c != '_' && c != '-' && c != '.';
}

// Whether what stands around it, without a break, is a part of a path.
bool is_in_path(std::string_view text, std::size_t at) {
    std::size_t begin = at;
    while (begin > 0 && is_of_name(text[begin - 1])) {
        --begin;
    }
    const auto* const end = std::find_if_not(text.begin() + at, text.end(), is_of_name);
    return (begin > 0 && text[begin - 1] == '/') || (end != text.end() && *end == '/');
}

// In a path also joined to others ("/scratch/jane-env"); elsewhere that is another word, as
// max_split_size_mb is.
bool is_word_at(std::string_view text, std::size_t at, std::string_view word) {
    const std::size_t end = at + word.size();
    if (!text.substr(at).starts_with(word) || (at > 0 && is_of_word(text[at - 1])) ||
        (end < text.size() && is_of_word(text[end]))) {
        return false;
    }
    const bool is_joined =
        (at > 0 && is_of_name(text[at - 1])) ||
        (end + 1 < text.size() && is_of_name(text[end]) && is_of_word(text[end + 1]));
    return !is_joined || is_in_path(text, at);
}

// The name of the user with that home; empty if it tells none, or one that many have.
std::string_view user_of(std::string_view home) {
    constexpr std::array<std::string_view, 16> nobodys{"admin",
                                                       "app",
                                                       "conda",
                                                       "cuda",
                                                       "data",
                                                       "dev",
                                                       "gpu",
                                                       "jovyan",
                                                       "jupyter",
                                                       "kernel",
                                                       "notebook",
                                                       "nvidia",
                                                       "python",
                                                       "torch",
                                                       "ubuntu",
                                                       "user"};
    const std::size_t slash = home.rfind('/');
    const std::string_view name = slash == std::string_view::npos ? "" : home.substr(slash + 1);
    const std::string_view above = home.substr(0, home.size() - name.size());
    const bool is_users = above.ends_with("/home/") || above.ends_with("/users/");
    return is_users && std::ranges::find(nobodys, name) == nobodys.end() ? name : "";
}

// In commands the names of others stay: without them they would be other commands.
std::string without_homes(std::string_view text, std::string_view home, Quotes quotes) {
    constexpr std::string_view homes = "/home/";
    const std::string_view user = user_of(home);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        if (home.size() > 1 && stands_at(text, at, home, quotes)) {
            out += '~';
            at += home.size();
        } else if (quotes == Quotes::are_text && stands_at(text, at, "/home", quotes) &&
                   text.substr(at).starts_with(homes)) {
            const std::size_t begin = at + homes.size();
            const auto* const end = std::find_if_not(text.begin() + begin, text.end(), is_of_name);
            out += end == text.begin() + begin ? homes : "/home/***";
            at = static_cast<std::size_t>(end - text.begin());
        } else if (quotes == Quotes::are_text && !user.empty() && is_word_at(text, at, user)) {
            out += "***";  // a folder of a scratch disk, the name of a kernel, ...
            at += user.size();
        } else {
            out += text[at++];
        }
    }
    return out;
}

}  // namespace

std::string printable_command(std::string_view command) {
    std::string out;
    while (!command.empty()) {
        const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
        const auto* const end = std::ranges::find_if(command, is_ascii);
        const auto length = static_cast<std::size_t>(end - command.begin());
        const std::string_view letters = command.substr(0, std::max<std::size_t>(length, 1));
        const std::string shown = printable(letters);
        out += shown == letters ? shown : "'$'" + shown + "''";
        command.remove_prefix(letters.size());
    }
    return out;
}

std::string pasteable(std::string_view text, std::string_view home) {
    return masked(without_homes(text, home, Quotes::are_text));
}

Json pasteable_json(const Json& json, std::string_view home) {
    if (const std::string* const text = json.as_string()) {
        return pasteable(*text, home);
    }
    if (const Json::Array* const elements = json.as_array()) {
        Json out = Json::array();
        for (const Json& element : *elements) {
            out.add(pasteable_json(element, home));
        }
        return out;
    }
    if (const Json::Object* const members = json.as_object()) {
        Json out = Json::object();
        for (const auto& [name, value] : *members) {
            out.set(name, pasteable_json(value, home));
        }
        return out;
    }
    return json;
}

std::vector<model::Finding> pasteable_findings(std::vector<model::Finding> findings,
                                               std::string_view home) {
    for (model::Finding& finding : findings) {
        for (std::string* const text : {&finding.subject, &finding.title, &finding.fix.text}) {
            *text = pasteable(*text, home);
        }
        for (std::string& evidence : finding.evidence) {
            evidence = pasteable(evidence, home);
        }
        for (std::string& command : finding.fix.commands) {
            command = masked(without_homes(command, home, Quotes::are_shells));
        }
    }
    return findings;
}

}  // namespace envkeep::cli

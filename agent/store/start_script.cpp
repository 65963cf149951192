// SPDX-License-Identifier: MIT
#include "store/start_script.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

namespace envkeep::store {
namespace {

constexpr std::uint64_t longest_script = 64U << 10U;

// Where images put the script that starts them; the first is that of the fast.ai image.
constexpr std::array<std::string_view, 5> usual_places{
    "/run.sh", "/entrypoint.sh", "/start.sh", "/docker-entrypoint.sh", "/usr/local/bin/start.sh"};

bool is_separator(char c) {
    return std::string_view(" \t\r;&|(){}").find(c) != std::string_view::npos;
}

// Splits a line of shell roughly into words, without quotes, up to a comment.
std::vector<std::string> words_of(std::string_view line) {
    std::vector<std::string> words;
    std::string word;
    char quote = '\0';
    for (const char c : line) {
        if (quote != '\0') {
            if (c == quote) {
                quote = '\0';
            } else {
                word += c;
            }
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (is_separator(c)) {
            words.push_back(std::move(word));
            word.clear();
        } else if (c == '#' && word.empty()) {
            break;
        } else {
            word += c;
        }
    }
    words.push_back(std::move(word));
    std::erase_if(words, [](const std::string& one) { return one.empty(); });
    return words;
}

// A relative path, and one with variables, may lead to any folder.
bool is_pre_run(std::string_view word, std::string_view store_base) {
    constexpr std::string_view name = "/pre-run.sh";
    if (!word.ends_with(name)) {
        return word == name.substr(1);
    }
    return store_base.empty() || !word.starts_with('/') ||
           word.find('$') != std::string_view::npos ||
           word.substr(0, word.size() - name.size()) == store_base;
}

std::vector<std::string> first_process(const system::Machine& machine) {
    std::vector<std::string> arguments;
    const std::string text =
        machine.read_fact("/proc/1/cmdline", longest_script).value_or(std::string{});
    for (const std::string_view argument : split(text, '\0')) {
        if (!argument.empty()) {
            arguments.emplace_back(argument);
        }
    }
    return arguments;
}

// The scripts that may have started this container, those of pid 1 first.
std::vector<std::string> candidates(const std::vector<std::string>& arguments) {
    std::vector<std::string> paths;
    for (const std::string& argument : arguments) {
        if (argument.starts_with('/')) {
            paths.push_back(argument);
        } else if (argument.ends_with(".sh") && !argument.starts_with('-')) {
            paths.push_back("/proc/1/cwd/" + argument);
        }
    }
    for (const std::string_view place : usual_places) {
        if (std::ranges::find(paths, place) == paths.end()) {
            paths.emplace_back(place);
        }
    }
    return paths;
}

// A command line in quotes, no longer than what a sentence can hold.
std::string shortened(const std::vector<std::string>& arguments) {
    constexpr std::size_t longest = 80;
    std::string text = fmt::format("{}", fmt::join(arguments, " "));
    if (text.size() > longest) {
        text = text.substr(0, longest) + "...";
    }
    return quoted(text);
}

}  // namespace

bool sources_pre_run(std::string_view shell_text, std::string_view store_base) {
    for (const std::string_view line : split(shell_text, '\n')) {
        const std::vector<std::string> words = words_of(line);
        const auto found = std::ranges::adjacent_find(
            words, [&](const std::string& command, const std::string& word) {
                return (command == "." || command == "source") && is_pre_run(word, store_base);
            });
        if (found != words.end()) {
            return true;
        }
    }
    return false;
}

StartScript find_start_script(const system::Machine& machine, std::string_view store_base) {
    const std::vector<std::string> arguments = first_process(machine);
    for (const std::string& argument : arguments) {
        if (sources_pre_run(argument, store_base)) {
            return {.sources_pre_run = true,
                    .because = fmt::format("pid 1 was started with {}", shortened({argument}))};
        }
    }
    std::vector<std::string> read;
    std::string other;  // a script that sources the file of another folder
    for (const std::string& path : candidates(arguments)) {
        // A program is larger than any script; what cannot be read says nothing.
        const auto text = machine.read_fact(path, longest_script);
        if (!text) {
            continue;
        }
        if (sources_pre_run(*text, store_base)) {
            return {.sources_pre_run = true,
                    .because = fmt::format("{} sources pre-run.sh", quoted(path))};
        }
        if (other.empty() && sources_pre_run(*text)) {
            other = quoted(path);
        }
        if (text->starts_with("#!")) {
            read.push_back(quoted(path));
        }
    }
    if (!other.empty()) {
        return {.because = fmt::format(
                    "{} sources another pre-run.sh than that of {}", other, quoted(store_base))};
    }
    if (!read.empty()) {
        return {.because = fmt::format("{} sources no pre-run.sh", fmt::join(read, ", "))};
    }
    return {.because = arguments.empty() ? "no start script was found and pid 1 cannot be seen"
                                         : fmt::format("no start script was found; pid 1 is {}",
                                                       shortened(arguments))};
}

}  // namespace envkeep::store

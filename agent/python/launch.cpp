// SPDX-License-Identifier: MIT
#include "envkeep/python/launch.hpp"

#include <cstddef>
#include <optional>

namespace envkeep::python {
namespace {

void take_letter(char letter, Options& options) {
    switch (letter) {
        case 's':
            options.has_no_user_site = true;
            break;
        case 'S':
            options.has_no_site = true;
            break;
        case 'E':
            options.ignores_variables = true;
            break;
        case 'P':
            options.leaves_out_unsafe = true;
            break;
        case 'I':
            options.is_isolated = true;
            break;
        default:
            break;
    }
}

// How far one argument of letters goes.
enum class Letters { end_here, want_a_value, end_all };

// -c and -m take what is left of their argument, else the next one.
Letters take_start(char letter, std::string_view rest, std::string_view next, Options& options) {
    options.start = letter == 'c' ? Start::command : Start::module;
    if (options.start == Start::module) {
        options.subject = rest.empty() ? next : rest;
    }
    return Letters::end_all;
}

Letters take_letters(std::string_view letters, std::string_view next, Options& options) {
    while (!letters.empty()) {
        const char letter = letters.front();
        letters.remove_prefix(1);
        if (letter == 'c' || letter == 'm') {
            return take_start(letter, letters, next, options);
        }
        if (letter == 'W' || letter == 'X') {
            return letters.empty() ? Letters::want_a_value : Letters::end_here;
        }
        take_letter(letter, options);
    }
    return Letters::end_here;
}

void take_script(std::string_view script, Options& options) {
    if (!script.empty() && script != "-") {
        options.start = Start::script;
        options.subject = script;
    }
}

// Takes the argument at `place` and gives the place of the next; none behind the last option.
std::optional<std::size_t> take_argument(const std::vector<std::string>& arguments,
                                         std::size_t place,
                                         Options& options) {
    const std::string_view argument = arguments[place];
    const std::string_view next =
        place + 1 < arguments.size() ? std::string_view(arguments[place + 1]) : std::string_view();
    if (argument == "--") {
        take_script(next, options);
        return std::nullopt;
    }
    if (argument == "-" || !argument.starts_with('-')) {
        take_script(argument, options);
        return std::nullopt;
    }
    if (argument.starts_with("--")) {
        return place + (argument == "--check-hash-based-pycs" ? 2 : 1);
    }
    switch (take_letters(argument.substr(1), next, options)) {
        case Letters::end_here:
            return place + 1;
        case Letters::want_a_value:
            return place + 2;
        case Letters::end_all:
            break;
    }
    return std::nullopt;
}

}  // namespace

Options options_of(const std::vector<std::string>& arguments) {
    Options options;
    std::optional<std::size_t> place = 0;
    while (place && *place < arguments.size()) {
        place = take_argument(arguments, *place, options);
    }
    return options;
}

}  // namespace envkeep::python

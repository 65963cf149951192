// SPDX-License-Identifier: MIT
#include "envkeep/python/launch.hpp"

#include <cstddef>

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

Letters take_letters(std::string_view argument, const std::string* next, Options& options) {
    for (std::size_t i = 1; i < argument.size(); ++i) {
        const char letter = argument[i];
        const std::string_view rest = argument.substr(i + 1);
        if (letter == 'c' || letter == 'm') {
            options.start = letter == 'c' ? Start::command : Start::module;
            if (letter == 'm') {
                options.subject =
                    !rest.empty() ? std::string(rest) : (next != nullptr ? *next : std::string());
            }
            return Letters::end_all;
        }
        if (letter == 'W' || letter == 'X') {
            return rest.empty() ? Letters::want_a_value : Letters::end_here;
        }
        take_letter(letter, options);
    }
    return Letters::end_here;
}

}  // namespace

Options options_of(const std::vector<std::string>& arguments) {
    Options options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        const std::string* const next = i + 1 < arguments.size() ? &arguments[i + 1] : nullptr;
        if (argument == "-") {
            break;
        }
        if (argument == "--check-hash-based-pycs") {
            ++i;
        } else if (argument == "--") {
            if (next != nullptr && *next != "-") {
                options.start = Start::script;
                options.subject = *next;
            }
            break;
        } else if (!argument.starts_with('-')) {
            options.start = Start::script;
            options.subject = argument;
            break;
        } else if (!argument.starts_with("--")) {
            const Letters end = take_letters(argument, next, options);
            if (end == Letters::end_all) {
                break;
            }
            i += end == Letters::want_a_value ? 1 : 0;
        }
    }
    return options;
}

}  // namespace envkeep::python

// SPDX-License-Identifier: MIT
#include "cli/parse.hpp"

#include "cli/globals.hpp"
#include "envkeep/core/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace envkeep::cli {
namespace {

tl::unexpected<Error> wrong_use(const Command& command,
                                std::string message,
                                std::string hint = {}) {
    if (hint.empty()) {
        hint = fmt::format("see 'envkeep {} --help'", command.name);
    }
    return failure(ErrorKind::usage, std::move(message), std::move(hint));
}

bool is_flag(std::string_view word) {
    return word.size() > 1 && word.front() == '-';
}

const Flag* find_flag(const Command& command, std::string_view name) {
    const auto found = std::ranges::find(command.flags, name, &Flag::name);
    return found == command.flags.end() ? nullptr : &*found;
}

struct OtherWord {
    std::string_view word;
    std::string_view hint;
};

// What other programs call it.
constexpr std::array other_flags{
    OtherWord{"-v", "did you mean '--verbose'? 'envkeep version' tells the version"},
    OtherWord{"-q", "did you mean '--quiet'?"},
    OtherWord{"-y", "nothing is asked: leave it out"},
    OtherWord{"--yes", "nothing is asked: leave it out"},
    OtherWord{"-f",
              "nothing is forced: what stands in the way is told, with the command that decides"},
    OtherWord{"--force",
              "nothing is forced: what stands in the way is told, with the command that decides"},
};

// Empty: nobody knows.
std::string_view hint_for_flag(const Command& command, std::string_view flag) {
    constexpr std::array undone{"adopt", "release", "undo"};
    if (flag == "--dry-run" || flag == "-n") {
        return command.name == "restore"
                   ? "'envkeep plan' says what would be done, and does nothing"
               : std::ranges::find(undone, command.name) != undone.end()
                   ? "it cannot be tried without doing it; 'envkeep undo' takes it back"
                   : "";
    }
    const auto* const other = std::ranges::find(other_flags, flag, &OtherWord::word);
    return other == other_flags.end() ? std::string_view{} : other->hint;
}

tl::unexpected<Error> unknown_flag(const Command& command, std::string_view word) {
    const std::string_view name = word.substr(0, word.find('='));
    if (const std::string_view hint = hint_for_flag(command, name); !hint.empty()) {
        return wrong_use(command,
                         fmt::format("'{}' has no flag {}", command.name, envkeep::quoted(name)),
                         std::string(hint));
    }
    std::vector<std::string_view> known;
    for (const std::span<const Flag> flags : {command.flags, global_flags()}) {
        for (const Flag& flag : flags) {
            known.push_back(flag.name);
        }
    }
    const std::string_view near = nearest(name, known);
    return wrong_use(command,
                     fmt::format("'{}' has no flag {}", command.name, envkeep::quoted(name)),
                     near.empty() ? std::string{} : fmt::format("did you mean '{}'?", near));
}

// CLI11 takes `--flag=` for one whose value follows, and any value for a flag that has none.
Result<void> check_equals(const Command& command, const std::vector<std::string>& words) {
    for (const std::string& word : words) {
        const std::size_t equals = word.find('=');
        const Flag* const flag = equals == std::string::npos
                                     ? nullptr
                                     : find_flag(command, std::string_view(word).substr(0, equals));
        if (flag == nullptr) {
            continue;
        }
        if (flag->value.empty()) {
            return wrong_use(command, fmt::format("'{}' takes no value", flag->name));
        }
        if (equals + 1 == word.size()) {
            return wrong_use(command, fmt::format("'{}' needs a value", flag->name));
        }
    }
    return {};
}

std::string names_of(const Flag& flag) {
    return flag.letter.empty() ? std::string(flag.name)
                               : fmt::format("{},{}", flag.letter, flag.name);
}

// Operands are no options of CLI11's: it would split one like '[a,b]' in two.
Result<Arguments> parse_with_library(const Command& command, std::vector<std::string> words) {
    CLI::App app;
    app.set_help_flag();
    app.allow_extras();
    std::vector<std::pair<const Flag*, CLI::Option*>> options;
    for (const Flag& flag : command.flags) {
        CLI::Option* const option =
            flag.value.empty() ? app.add_flag(names_of(flag)) : app.add_option(names_of(flag));
        option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
        options.emplace_back(&flag, option);
    }
    std::ranges::reverse(words);
    try {
        app.parse(std::move(words));
    } catch (const CLI::ParseError& error) {
        const std::string_view what = error.what();
        return wrong_use(command,
                         fmt::format("'{}' needs a value", what.substr(0, what.find(':'))));
    }
    Arguments arguments;
    for (const auto& [flag, option] : options) {
        for (const std::string& value : option->results()) {
            arguments.add(flag->name, flag->value.empty() ? std::string{} : value);
        }
    }
    arguments.operands = app.remaining();
    return arguments;
}

Result<void> check_choice(const Command& command,
                          std::string_view what,
                          std::string_view value,
                          std::span<const std::string_view> choices) {
    if (choices.empty() || std::ranges::find(choices, value) != choices.end()) {
        return {};
    }
    return wrong_use(command, fmt::format("{} is not one of {}", what, fmt::join(choices, ", ")));
}

Result<void> check_flags(const Command& command, const Arguments& arguments) {
    for (const Flag& flag : command.flags) {
        const std::vector<std::string> values = arguments.values(flag.name);
        if (!flag.value.empty() && values.size() > 1 && !flag.is_repeatable) {
            return wrong_use(command, fmt::format("'{}' is given twice", flag.name));
        }
        for (const std::string& value : values) {
            if (!flag.value.empty() && value.empty()) {
                return wrong_use(command, fmt::format("'{}' needs a value", flag.name));
            }
            ENVKEEP_CHECK(check_choice(
                command, fmt::format("'{} {}'", flag.name, printable(value)), value, flag.choices));
        }
    }
    return {};
}

// What is often typed where no word more is taken; empty: nobody knows.
std::string meant_by(const Command& command, std::string_view extra) {
    if (command.name == "snapshot") {
        return extra == "list" ? "'envkeep snapshots' lists them"
                               : "a line to know it by goes behind '-m'";
    }
    if (extra.ends_with(".yaml") || extra.ends_with(".yml")) {
        return "another manifest than the store's goes behind '--manifest'";
    }
    return {};
}

Result<void> check_operands(const Command& command, const Arguments& arguments) {
    const Operands& wanted = command.operands;
    const std::vector<std::string>& given = arguments.operands;
    if (given.size() < wanted.least) {
        return wrong_use(command, fmt::format("'{}' needs a {}", command.name, wanted.name));
    }
    if (given.size() > wanted.most) {
        const std::string& extra = given[wanted.most];
        return wrong_use(command,
                         fmt::format("'{}' does not take {}", command.name, envkeep::quoted(extra)),
                         meant_by(command, extra));
    }
    for (const std::string& operand : given) {
        if (operand.empty()) {
            return wrong_use(command, fmt::format("'{}' was given an empty word", command.name));
        }
        ENVKEEP_CHECK(check_choice(command, envkeep::quoted(operand), operand, wanted.choices));
    }
    return {};
}

}  // namespace

Result<Arguments> parse(const Words& words) {
    const Command& command = *words.command;
    Arguments arguments;
    if (std::ranges::none_of(words.rest, is_flag)) {
        arguments.operands = words.rest;
    } else {
        ENVKEEP_CHECK(check_equals(command, words.rest));
        ENVKEEP_TRY(arguments, parse_with_library(command, words.rest));
        const auto unknown = std::ranges::find_if(arguments.operands, is_flag);
        if (unknown != arguments.operands.end()) {
            return unknown_flag(command, *unknown);
        }
    }
    arguments.operands.insert(
        arguments.operands.end(), words.operands.begin(), words.operands.end());
    ENVKEEP_CHECK(check_flags(command, arguments));
    ENVKEEP_CHECK(check_operands(command, arguments));
    return arguments;
}

}  // namespace envkeep::cli

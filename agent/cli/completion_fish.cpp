// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/completion_words.hpp"
#include "cli/globals.hpp"

#include <fmt/format.h>

namespace envkeep::cli {
namespace {

// Inside single quotes.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char letter : text) {
        if (letter == '\'' || letter == '\\') {
            out += '\\';
        }
        out += letter;
    }
    return out;
}

std::string value_part(std::span<const std::string_view> choices, ValueKind kind) {
    if (!choices.empty()) {
        return fmt::format(" -x -a '{}'", fmt::join(choices, " "));
    }
    switch (kind) {
        case ValueKind::folder:
            return " -x -a '(__fish_complete_directories)'";
        case ValueKind::file:
            return " -r -F";
        case ValueKind::home_path:
            return " -x -a '(__envkeep_in_home)'";
        case ValueKind::text:
            break;
    }
    return " -x";
}

std::string flag_line(const Flag& flag, std::string_view condition) {
    std::string out = "complete -c envkeep";
    if (!condition.empty()) {
        out += fmt::format(" -n '{}'", condition);
    }
    out += fmt::format(" -l {}", flag.name.substr(2));
    if (!flag.letter.empty()) {
        out += fmt::format(" -s {}", flag.letter.substr(1));
    }
    if (!flag.value.empty()) {
        out += value_part(flag.choices, flag.kind);
    }
    return out + fmt::format(" -d '{}'\n", escaped(flag.help));
}

std::string word_line(const Candidate& word, std::string_view condition) {
    return fmt::format("complete -c envkeep -n '{}' -a '{}' -d '{}'\n",
                       condition,
                       word.word,
                       escaped(word.summary));
}

std::string command_lines(const Command& command) {
    const std::string condition = fmt::format("__envkeep_is \"{}\"", command.name);
    std::string out;
    for (const Flag& flag : command.flags) {
        out += flag_line(flag, condition);
    }
    const Operands& operands = command.operands;
    if (!operands.choices.empty()) {
        out += fmt::format(
            "complete -c envkeep -n '{}' -a '{}'\n", condition, fmt::join(operands.choices, " "));
    } else if (operands.kind != ValueKind::text) {
        out += fmt::format(
            "complete -c envkeep -n '{}'{}\n", condition, value_part({}, operands.kind));
    }
    return out;
}

std::string valued_globals() {
    std::string out;
    for (const Flag& flag : global_flags()) {
        if (!flag.value.empty()) {
            out += fmt::format("{}{}", out.empty() ? "" : " ", flag.name);
        }
    }
    return out;
}

}  // namespace

std::string fish_completion() {
    std::string all_families;
    for (const std::string_view family : families()) {
        all_families += fmt::format("{}{}", all_families.empty() ? "" : " ", family);
    }
    std::string out =
        fmt::format(R"(# fish completion for envkeep, made by 'envkeep completion fish'
function __envkeep_command -d 'the words of the command typed so far'
    set -l words (commandline -opc)
    set -l skip 0
    set -l found
    for word in $words[2..-1]
        if test $skip -eq 1
            set skip 0
        else if contains -- $word {valued}
            set skip 1
        else if not string match -q -- '-*' $word
            set -a found $word
            if test (count $found) -eq 2; or not contains -- $found[1] {families}
                break
            end
        end
    end
    string join ' ' $found
end
function __envkeep_is
    set -l command (__envkeep_command)
    test "$command" = "$argv[1]"
end
function __envkeep_in_home -d 'relative paths start at the home, wherever the shell is'
    set -l word (commandline -ct)
    if string match -qr '^[/~]' -- $word
        __fish_complete_path $word
        return
    end
    for path in ~/$word*
        test -d $path; and set path $path/
        string replace -- ~/ '' $path
    end
end
complete -c envkeep -f
)",
                    fmt::arg("valued", valued_globals()),
                    fmt::arg("families", all_families));
    for (const Flag& flag : global_flags()) {
        out += flag_line(flag, {});
    }
    for (const Candidate& word : candidates()) {
        out += word_line(word, "__envkeep_is \"\"");
    }
    for (const std::string_view family : families()) {
        for (const Candidate& word : candidates(family)) {
            out += word_line(word, fmt::format("__envkeep_is \"{}\"", family));
        }
    }
    for (const Command* command : all_commands()) {
        out += command_lines(*command);
    }
    out += fmt::format(
        "complete -c envkeep -n '__envkeep_is \"help\"' -a '{}'\n"
        "complete -c envkeep -n '__envkeep_is \"\"' -l version -d '{}'\n",
        fmt::join(help_words(), " "),
        escaped(version_command.summary));
    return out;
}

}  // namespace envkeep::cli

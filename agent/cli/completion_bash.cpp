// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/completion_words.hpp"
#include "cli/globals.hpp"

#include <fmt/format.h>

#include <set>

namespace envkeep::cli {
namespace {

// What bash's compgen is asked for a value of that kind.
std::string_view action_for(ValueKind kind) {
    switch (kind) {
        case ValueKind::folder:
            return "compgen -d";
        case ValueKind::file:
            return "compgen -f";
        case ValueKind::home_path:
            return "_envkeep_in_home";
        case ValueKind::text:
            break;
    }
    return {};
}

std::string words_of(const std::vector<Candidate>& words) {
    std::string out;
    for (const Candidate& word : words) {
        out += fmt::format("{}{}", out.empty() ? "" : " ", word.word);
    }
    return out;
}

std::string answer_for(std::span<const std::string_view> choices, ValueKind kind) {
    if (!choices.empty()) {
        return fmt::format("mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$word\")",
                           fmt::join(choices, " "));
    }
    const std::string_view action = action_for(kind);
    return action.empty()
               ? "COMPREPLY=()"
               : fmt::format(
                     "mapfile -t COMPREPLY < <({} -- \"$word\"); compopt -o filenames 2>/dev/null",
                     action);
}

// The value of a flag, by the word before.
std::string value_cases() {
    std::string out;
    std::set<std::string_view> seen;
    const auto add = [&](const Flag& flag) {
        if (!flag.value.empty() && seen.insert(flag.name).second) {
            const std::string letter = flag.letter.empty() ? "" : fmt::format("|{}", flag.letter);
            out += fmt::format("        {}{}) {}; return ;;\n",
                               flag.name,
                               letter,
                               answer_for(flag.choices, flag.kind));
        }
    };
    for (const Flag& flag : global_flags()) {
        add(flag);
    }
    for (const Command* command : all_commands()) {
        for (const Flag& flag : command->flags) {
            add(flag);
        }
    }
    return out;
}

// Flags that take a value, which is then no command.
std::string valued_globals() {
    std::string out;
    for (const Flag& flag : global_flags()) {
        if (!flag.value.empty()) {
            out += fmt::format("{}{}", out.empty() ? "" : "|", flag.name);
        }
    }
    return out;
}

std::string command_case(const Command& command) {
    std::string flags;
    for (const Flag* flag : flags_of(command)) {
        flags += fmt::format("{}{}", flags.empty() ? "" : " ", flag->name);
    }
    return fmt::format("        '{}') flags='{}'; operands='{}'; kind='{}' ;;\n",
                       command.name,
                       flags,
                       fmt::join(command.operands.choices, " "),
                       action_for(command.operands.kind));
}

}  // namespace

std::string bash_completion() {
    std::string families_case;
    for (const std::string_view family : families()) {
        families_case +=
            fmt::format("        {}) first='{}' ;;\n", family, words_of(candidates(family)));
    }
    std::string commands_case;
    for (const Command* command : all_commands()) {
        commands_case += command_case(*command);
    }
    commands_case +=
        fmt::format("        'help') operands='{}' ;;\n", fmt::join(help_words(), " "));
    std::string globals = "--version";
    for (const Flag& flag : global_flags()) {
        globals += fmt::format("{}{}", globals.empty() ? "" : " ", flag.name);
    }
    return fmt::format(R"(# bash completion for envkeep, made by 'envkeep completion bash'
# Relative paths of commands start at the home, wherever the shell is.
_envkeep_in_home() {{
    local name
    case $2 in
    [/~]*) compgen -f -- "$2" ;;
    *)
        (cd ~ 2>/dev/null && compgen -f -- "$2") | while read -r name; do
            [[ -d ~/$name ]] && name+=/
            printf '%s\n' "$name"
        done
        ;;
    esac
}}
_envkeep() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before='' command='' first='{first}'
    local flags='{globals}' operands='' kind='' index
    (( COMP_CWORD > 0 )) && before=${{COMP_WORDS[COMP_CWORD-1]}}
    # '--store=/x' comes as three words.
    [[ $word == = ]] && word=''
    [[ $before == = ]] && before=${{COMP_WORDS[COMP_CWORD-2]}}
    COMPREPLY=()
    case $before in
{values}    esac
    for (( index = 1; index < COMP_CWORD; index++ )); do
        case ${{COMP_WORDS[index]}} in
        {valued})
            [[ ${{COMP_WORDS[index+1]}} == = ]] && (( index++ ))
            (( index++ ))
            ;;
        -*) ;;
        *)
            [[ $first ]] || break
            command+=${{command:+ }}${{COMP_WORDS[index]}}
            first=''
            case $command in
{families}            esac
            ;;
        esac
    done
    case $command in
{commands}    esac
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$word")
    elif [[ $first || $operands ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$first $operands" -- "$word")
    elif [[ $kind ]]; then
        mapfile -t COMPREPLY < <($kind -- "$word")
        compopt -o filenames 2>/dev/null
        [[ ${{COMPREPLY[0]}} == */ ]] && compopt -o nospace 2>/dev/null
    fi
}}
complete -F _envkeep envkeep
)",
                       fmt::arg("first", words_of(candidates())),
                       fmt::arg("globals", globals),
                       fmt::arg("values", value_cases()),
                       fmt::arg("valued", valued_globals()),
                       fmt::arg("families", families_case),
                       fmt::arg("commands", commands_case));
}

}  // namespace envkeep::cli

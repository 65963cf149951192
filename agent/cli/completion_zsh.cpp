// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/completion_words.hpp"
#include "cli/globals.hpp"

#include <fmt/format.h>

namespace envkeep::cli {
namespace {

// Inside a single-quoted specification of _arguments and _describe.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char letter : text) {
        if (letter == '\'') {
            out += "'\\''";
        } else {
            if (letter == '[' || letter == ']' || letter == ':' || letter == '\\') {
                out += '\\';
            }
            out += letter;
        }
    }
    return out;
}

std::string action_for(std::span<const std::string_view> choices, ValueKind kind) {
    if (!choices.empty()) {
        return fmt::format("({})", fmt::join(choices, " "));
    }
    switch (kind) {
        case ValueKind::folder:
            return "_files -/";
        case ValueKind::file:
            return "_files";
        case ValueKind::home_path:
            return "_files -W ~";
        case ValueKind::text:
            break;
    }
    return " ";
}

// "'(--number -n)'{--number,-n}'[the last N runs]:N: '"
std::string spec_of(const Flag& flag) {
    std::string behind = fmt::format("[{}]", escaped(flag.help));
    if (!flag.value.empty()) {
        behind += fmt::format(":{}:{}", flag.value, action_for(flag.choices, flag.kind));
    }
    const std::string_view many = flag.is_repeatable ? "*" : "";
    if (flag.letter.empty()) {
        return fmt::format("'{}{}{}'", many, flag.name, behind);
    }
    return fmt::format("'({0} {1})'{{{0},{1}}}'{2}'", flag.name, flag.letter, behind);
}

std::string operand_spec(const Operands& operands) {
    return fmt::format("'{}:{}:{}'",
                       operands.most > 1 ? "*" : "1",
                       operands.name,
                       action_for(operands.choices, operands.kind));
}

std::string command_case(const Command& command) {
    std::string out =
        fmt::format("        '{}')\n            _arguments -S $globals", command.name);
    for (const Flag& flag : command.flags) {
        out += fmt::format(" \\\n                {}", spec_of(flag));
    }
    if (!command.operands.name.empty()) {
        out += fmt::format(" \\\n                {}", operand_spec(command.operands));
    }
    return out + "\n            ;;\n";
}

std::string described(const std::vector<Candidate>& words) {
    std::string out;
    for (const Candidate& word : words) {
        out += fmt::format("\n        '{}:{}'", word.word, escaped(word.summary));
    }
    return out;
}

std::string family_case(std::string_view family) {
    return fmt::format(
        "        {0})\n"
        "            if (( $#words > 1 && CURRENT > 2 )); then\n"
        "                shift words; (( CURRENT-- ))\n"
        "                command='{0} '$words[1]\n"
        "            else\n"
        "                local -a more=({1})\n"
        "                _describe -t commands '{0} command' more\n"
        "                return\n"
        "            fi\n"
        "            ;;\n",
        family,
        described(candidates(family)));
}

}  // namespace

std::string zsh_completion() {
    std::string globals;
    for (const Flag& flag : global_flags()) {
        globals += fmt::format("\n        {}", spec_of(flag));
    }
    std::string families_case;
    for (const std::string_view family : families()) {
        families_case += family_case(family);
    }
    std::string commands_case;
    for (const Command* command : all_commands()) {
        commands_case += command_case(*command);
    }
    commands_case += fmt::format(
        "        'help')\n            _arguments -S $globals '1:topic or command:({})'\n"
        "            ;;\n",
        fmt::join(help_words(), " "));
    return fmt::format(R"(#compdef envkeep
# zsh completion for envkeep, made by 'envkeep completion zsh'
_envkeep() {{
    local curcontext=$curcontext state line command
    local -a globals=({globals})
    _arguments -C -S $globals '--version[{version}]' '1: :->command' '*:: :->rest' && return
    case $state in
    command)
        local -a commands=({commands})
        _describe -t commands 'envkeep command' commands
        ;;
    rest)
        command=$words[1]
        case $command in
{families}        esac
        case $command in
{cases}        esac
        ;;
    esac
}}
if [[ $funcstack[1] == _envkeep ]]; then
    _envkeep "$@"
else
    compdef _envkeep envkeep
fi
)",
                       fmt::arg("globals", globals),
                       fmt::arg("version", escaped(version_command.summary)),
                       fmt::arg("commands", described(candidates())),
                       fmt::arg("families", families_case),
                       fmt::arg("cases", commands_case));
}

}  // namespace envkeep::cli

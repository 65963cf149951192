// SPDX-License-Identifier: MIT
#include "cli/help.hpp"

#include "cli/commands.hpp"
#include "cli/globals.hpp"
#include "cli/topics.hpp"
#include "cli/view.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace envkeep::cli {
namespace {

constexpr std::size_t width = 80;
constexpr std::string_view purpose =
    "envkeep makes a notebook container that forgets come up identical at each start.";

// A name, and beside it or below it what it means.
void add_entry(std::string& out,
               std::string_view name,
               std::string_view meaning,
               std::size_t wide) {
    const std::string indent(wide + 4, ' ');
    std::string text = wrapped(meaning, width, indent);
    if (columns_of(name) <= wide) {
        text.replace(0, indent.size(), "  " + filled(name, wide + 2));
        out += text;
    } else {
        out += fmt::format("  {}\n{}", name, text);
    }
}

void add_flags(std::string& out, std::string_view title, std::span<const Flag> flags) {
    constexpr std::size_t widest = 16;
    if (flags.empty()) {
        return;
    }
    out += fmt::format("\n{}\n", title);
    for (const Flag& flag : flags) {
        add_entry(out, label_of(flag), flag.help, widest);
    }
}

// All of them, or those of one family.
void add_commands(std::string& out, std::string_view family = {}) {
    std::size_t widest = 0;
    for (const Command* command : all_commands()) {
        widest = std::max(widest, command->name.size());
    }
    for (const Command* command : all_commands()) {
        if (family.empty() || command->family() == family) {
            add_entry(out, command->name, command->summary, widest);
        }
    }
}

}  // namespace

std::string label_of(const Flag& flag) {
    const std::string value = flag.value.empty() ? "" : fmt::format(" {}", flag.value);
    return flag.letter.empty() ? fmt::format("{}{}", flag.name, value)
                               : fmt::format("{}, {}{}", flag.letter, flag.name, value);
}

std::string synopsis_of(const Command& command) {
    std::string out = fmt::format("envkeep {}", command.name);
    if (!command.flags.empty()) {
        out += " [FLAGS]";
    }
    if (!command.operands.name.empty()) {
        const std::string_view more = command.operands.most > 1 ? "..." : "";
        out += command.operands.least == 0 ? fmt::format(" [{}{}]", command.operands.name, more)
                                           : fmt::format(" {}{}", command.operands.name, more);
    }
    return out;
}

std::string short_help() {
    return fmt::format(
        "{}\n\n"
        "  envkeep init             set it up, once\n"
        "  envkeep adopt PATH...    keep a file or folder of your home from now on\n"
        "  envkeep status           see how things stand\n"
        "  envkeep restore          bring the home to what the manifest says\n\n"
        "'envkeep help' shows all commands and topics, 'envkeep help COMMAND' one of them.\n",
        purpose);
}

std::string general_help() {
    std::string out =
        fmt::format("{}\n\nUsage: envkeep COMMAND [FLAGS] [OPERANDS]\n\nCommands:\n", purpose);
    add_commands(out);
    add_flags(out, "Flags of every command, before or after it:", global_flags());
    out += "\nTopics of 'envkeep help TOPIC':\n";
    constexpr std::size_t widest = 11;
    for (const Topic& topic : all_topics()) {
        add_entry(out, topic.name, topic.title, widest);
    }
    return out + "\n'envkeep COMMAND --help' shows flags, examples and exit statuses of one.\n";
}

std::string family_help(std::string_view family) {
    std::string out =
        fmt::format("Usage: envkeep {} COMMAND [FLAGS] [OPERANDS]\n\nCommands:\n", family);
    add_commands(out, family);
    return out + "\n'envkeep --help' shows all commands and the flags that each takes.\n";
}

std::string help_of(const Command& command) {
    std::string out = fmt::format("envkeep {}: {}\n\nUsage: {}\n\n{}",
                                  command.name,
                                  command.summary,
                                  synopsis_of(command),
                                  wrapped(command.details, width, ""));
    if (!command.operands.choices.empty()) {
        out += fmt::format(
            "\n{}: {}\n", command.operands.name, fmt::join(command.operands.choices, ", "));
    }
    add_flags(out, "Flags:", command.flags);
    add_flags(out, "Flags of every command:", global_flags());
    out += "\nExamples:\n";
    for (const Example& example : command.examples) {
        out += fmt::format("  {}\n      {}\n", example.line, example.meaning);
    }
    out += "\nExit status:\n";
    for (const ExitUse& use : command.exits) {
        add_entry(out, std::to_string(use.code), use.meaning, 1);
    }
    return out;
}

}  // namespace envkeep::cli

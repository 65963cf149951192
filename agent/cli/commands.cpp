// SPDX-License-Identifier: MIT
#include "cli/commands.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace envkeep::cli {
namespace {

constexpr std::array commands{
    &init_command,
    &restore_command,
    &plan_command,
    &status_command,
    &verify_command,
    &adopt_command,
    &release_command,
    &undo_command,
    &log_command,
    &save_command,
    &sync_command,
    &snapshot_command,
    &snapshots_command,
    &diff_command,
    &wait_command,
    &doctor_command,
    &env_command,
    &gc_command,
    &manifest_check_command,
    &manifest_schema_command,
    &manifest_show_command,
    &hook_print_command,
    &hook_install_command,
    &hook_remove_command,
    &uninstall_command,
    &completion_command,
    &version_command,
};

std::vector<std::string_view> words_of(std::string_view family) {
    std::vector<std::string_view> words;
    for (const Command* command : commands) {
        const std::string_view own = command->family();
        if (family.empty()) {
            words.push_back(own.empty() ? command->name : own);
        } else if (own == family) {
            words.push_back(command->name.substr(family.size() + 1));
        }
    }
    return words;
}

}  // namespace

std::span<const Command* const> all_commands() {
    return commands;
}

const Command* find_command(std::string_view name) {
    const auto* const found = std::ranges::find(commands, name, &Command::name);
    return found == commands.end() ? nullptr : *found;
}

bool is_family(std::string_view word) {
    return std::ranges::any_of(commands,
                               [&](const Command* command) { return command->family() == word; });
}

Error unknown_command(std::string_view family, std::string_view word) {
    const std::string whole =
        family.empty() ? std::string(word) : fmt::format("{} {}", family, word);
    Error error{.kind = ErrorKind::usage,
                .message = fmt::format("there is no command {}", quoted(whole)),
                .hint = "see 'envkeep --help' for all commands"};
    const std::vector<std::string_view> known = words_of(family);
    if (family == "hook" && word == "uninstall") {
        error.hint = "did you mean 'hook remove'?";  // nearer in letters is 'install'
    } else if (const std::string_view near = nearest(word, known); !near.empty()) {
        error.hint = fmt::format("did you mean '{}{}{}'?", family, family.empty() ? "" : " ", near);
    } else if (!family.empty()) {
        error.hint = fmt::format("'{}' takes one of: {}", family, fmt::join(known, ", "));
    }
    return error;
}

}  // namespace envkeep::cli

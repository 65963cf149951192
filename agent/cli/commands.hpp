// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.hpp"

#include <span>

namespace envkeep::cli {

extern const Command init_command;
extern const Command restore_command;
extern const Command plan_command;
extern const Command status_command;
extern const Command verify_command;
extern const Command adopt_command;
extern const Command release_command;
extern const Command undo_command;
extern const Command log_command;
extern const Command save_command;
extern const Command sync_command;
extern const Command snapshot_command;
extern const Command snapshots_command;
extern const Command diff_command;
extern const Command wait_command;
extern const Command doctor_command;
extern const Command env_command;
extern const Command gc_command;
extern const Command manifest_check_command;
extern const Command manifest_schema_command;
extern const Command manifest_show_command;
extern const Command hook_print_command;
extern const Command hook_install_command;
extern const Command hook_remove_command;
extern const Command uninstall_command;
extern const Command completion_command;
extern const Command version_command;

// All commands, in the order in which help shows them.
[[nodiscard]] std::span<const Command* const> all_commands();

// nullptr if there is none of that name.
[[nodiscard]] const Command* find_command(std::string_view name);

// True for "hook" and "manifest", whose commands have two words.
[[nodiscard]] bool is_family(std::string_view word);

// Why there is no such command, and what was probably meant. `family` is empty for a first word.
[[nodiscard]] Error unknown_command(std::string_view family, std::string_view word);

}  // namespace envkeep::cli

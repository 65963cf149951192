// SPDX-License-Identifier: MIT
#pragma once

#include "cli/command.hpp"

#include <string_view>
#include <vector>

namespace envkeep::cli {

// One word that may stand first, or second behind a family's: "restore", "hook".
struct Candidate {
    std::string_view word;
    std::string_view summary;
};

// First words, each once, and "help"; with a family, the words that follow it.
[[nodiscard]] std::vector<Candidate> candidates(std::string_view family = {});

// What may stand behind "help": topics, first words of commands.
[[nodiscard]] std::vector<std::string_view> help_words();

// "hook", "manifest".
[[nodiscard]] std::vector<std::string_view> families();

// The command's own flags and those of every command.
[[nodiscard]] std::vector<const Flag*> flags_of(const Command& command);

}  // namespace envkeep::cli

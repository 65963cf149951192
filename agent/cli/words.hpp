// SPDX-License-Identifier: MIT
#pragma once

#include "cli/globals.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace envkeep::cli {

// A command line, sorted into what is for everybody and what is for one command.
struct Words {
    Globals globals;
    const Command* command = nullptr;  // none: nothing was asked for, or see `error`
    std::string family;                // "hook" once that word was read
    bool wants_help = false;
    std::string topic;                  // of `help TOPIC`; a command may have the same name
    std::vector<std::string> rest;      // flags and operands of the command, as typed
    std::vector<std::string> operands;  // what stands after `--`: never a flag
    std::optional<Error> error;         // usage; what was understood until then stands in the rest
};

[[nodiscard]] Words read_words(std::span<const std::string> arguments);

}  // namespace envkeep::cli

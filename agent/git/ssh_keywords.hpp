// SPDX-License-Identifier: MIT
#pragma once

#include "git/ssh_config.hpp"

#include <string_view>
#include <variant>

namespace envkeep::git {

enum class Block { host, match, include };
using OneValue = std::optional<std::string> SshConfig::*;  // the first one counts
using ManyValues = std::vector<std::string> SshConfig::*;  // one a line, all count

struct WordsOfOneLine {  // the first line counts
    std::vector<std::string> SshConfig::* values;
};

// Changes what is reached, or how, and is not supported unless it has this value.
struct Unsupported {
    std::string_view name;  // as ssh_config(5) writes it
    std::string_view harmless_value;
    std::string_view group;  // of those of which the first one said counts; empty: itself
};

struct Harmless {};  // of a terminal, of forwarding, of speed

struct Unknown {};

using Meaning =
    std::variant<Block, OneValue, ManyValues, WordsOfOneLine, Unsupported, Harmless, Unknown>;

// Of a keyword in lower case.
[[nodiscard]] Meaning meaning_of(std::string_view keyword);

}  // namespace envkeep::git

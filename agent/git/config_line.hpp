// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace envkeep::git {

// A line of ssh_config(5): "Keyword words", "Keyword=word", quotes and backslashes undone.
struct ConfigLine {
    std::string keyword;  // in lower case; empty: nothing is said
    std::vector<std::string> words;
    bool is_sound = true;  // no: a quote has no end
};

[[nodiscard]] ConfigLine read_config_line(std::string_view line);

}  // namespace envkeep::git

// SPDX-License-Identifier: MIT
#pragma once

#include "keep/modes_views.hpp"

#include <string_view>
#include <vector>

namespace envkeep::keep {

// A place in a view from where on entries are looked at: the place alone, or all below it that a
// preset or a rule can mean.
struct Start {
    RelPath below;  // the view's place
    bool walks = false;
    RelPath name;  // what the home calls it

    // The rules that can match here or below, as far as they have read the path to here.
    struct Rule {
        const ModeRule* rule = nullptr;
        ModePattern::States states = 0;
    };

    std::vector<Rule> rules;
    std::vector<std::string> skipped;  // sorted, below the start
};

[[nodiscard]] std::vector<Start> find_starts(const View& view, const std::vector<ModeRule>& rules);

// What the rules say of an entry below a start. Allocates nothing.
struct Spoken {
    const ModeRule* rule = nullptr;     // the last that matches
    const ModeRule* locking = nullptr;  // one that names this folder, but would lock it
    bool goes_on = false;               // one can match below
};

[[nodiscard]] Spoken ask_rules(const std::vector<Start::Rule>& rules,
                               std::string_view below,
                               system::Kind kind);

}  // namespace envkeep::keep

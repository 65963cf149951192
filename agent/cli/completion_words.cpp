// SPDX-License-Identifier: MIT
#include "cli/completion_words.hpp"

#include "cli/commands.hpp"
#include "cli/globals.hpp"
#include "cli/topics.hpp"

#include <algorithm>

namespace envkeep::cli {
namespace {

constexpr std::string_view help_word = "help";

}  // namespace

std::vector<Candidate> candidates(std::string_view family) {
    std::vector<Candidate> all;
    for (const Command* command : all_commands()) {
        const std::string_view own = command->family();
        if (!family.empty() && own == family) {
            all.push_back({command->name.substr(family.size() + 1), command->summary});
        } else if (family.empty() && own.empty()) {
            all.push_back({command->name, command->summary});
        } else if (family.empty() && std::ranges::find(all, own, &Candidate::word) == all.end()) {
            all.push_back({own, own == "hook" ? "the start line" : "the manifest"});
        }
    }
    if (family.empty()) {
        all.push_back({help_word, "about a command, or a topic"});
    }
    return all;
}

std::vector<std::string_view> help_words() {
    std::vector<std::string_view> all;
    for (const Topic& topic : all_topics()) {
        all.push_back(topic.name);
    }
    for (const Candidate& candidate : candidates()) {
        if (candidate.word != help_word) {
            all.push_back(candidate.word);
        }
    }
    return all;
}

std::vector<std::string_view> families() {
    std::vector<std::string_view> all;
    for (const Command* command : all_commands()) {
        const std::string_view family = command->family();
        if (!family.empty() && std::ranges::find(all, family) == all.end()) {
            all.push_back(family);
        }
    }
    return all;
}

std::vector<const Flag*> flags_of(const Command& command) {
    std::vector<const Flag*> all;
    for (const std::span<const Flag> flags : {command.flags, global_flags()}) {
        for (const Flag& flag : flags) {
            all.push_back(&flag);
        }
    }
    return all;
}

}  // namespace envkeep::cli

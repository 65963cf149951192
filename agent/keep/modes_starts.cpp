// SPDX-License-Identifier: MIT
#include "keep/modes_starts.hpp"

#include <algorithm>

namespace envkeep::keep {
namespace {

// Whether it is one of the sorted paths or lies below one.
bool is_within_any(const std::vector<std::string>& sorted, std::string_view below) {
    for (std::size_t end = below.find('/'); end != std::string_view::npos;
         end = below.find('/', end + 1)) {
        if (std::ranges::binary_search(sorted, below.substr(0, end))) {
            return true;
        }
    }
    return std::ranges::binary_search(sorted, below);
}

// Follows a pattern down as long as there is but one name that can come next.
Start start_of(const ModeRule& rule, ModePattern::States states) {
    Start start;
    for (std::string_view name = rule.compiled.only_name(states); !name.empty();
         name = rule.compiled.only_name(states)) {
        start.below = start.below.child(name);
        states = rule.compiled.after_name(states, name);
    }
    start.walks = rule.compiled.may_match_below(states);
    return start;
}

// Those that another one reaches anyway go.
void merge(std::vector<Start>& starts) {
    std::ranges::sort(starts, [](const Start& one, const Start& other) {
        return one.below != other.below ? one.below < other.below : one.walks > other.walks;
    });
    std::vector<Start> kept;
    for (Start& start : starts) {
        const bool is_covered = std::ranges::any_of(kept, [&](const Start& earlier) {
            return earlier.walks ? start.below.is_within(earlier.below)
                                 : start.below == earlier.below;
        });
        if (!is_covered) {
            kept.push_back(std::move(start));
        }
    }
    starts = std::move(kept);
}

void complete(const View& view, const std::vector<ModeRule>& rules, Start& start) {
    const std::string_view path = view.path;
    const auto name = RelPath::parse(path.substr(path.rfind('/') + 1));
    start.name = name ? name->joined(start.below) : start.below;
    for (const ModeRule& rule : rules) {
        const ModePattern::States at_view = rule.compiled.after_path(ModePattern::start(), path);
        const ModePattern::States states = rule.compiled.after_path(at_view, start.below.text());
        if (states != 0) {
            start.rules.push_back({.rule = &rule, .states = states});
        }
    }
    const std::string prefix = start.below.is_root() ? "" : start.below.text() + "/";
    for (const std::string& skipped : view.skipped) {
        if (skipped.starts_with(prefix)) {
            start.skipped.push_back(skipped.substr(prefix.size()));
        }
    }
}

}  // namespace

std::vector<Start> find_starts(const View& view, const std::vector<ModeRule>& rules) {
    std::vector<Start> starts;
    if (view.preset != manifest::Preset::none) {
        starts.emplace_back().walks = true;
    } else {
        for (const ModeRule& rule : rules) {
            const auto states = rule.compiled.after_path(ModePattern::start(), view.path);
            if (states == 0) {
                continue;
            }
            Start start = start_of(rule, states);
            if (!is_within_any(view.skipped, start.below.text())) {
                starts.push_back(std::move(start));
            }
        }
        merge(starts);
    }
    for (Start& start : starts) {
        complete(view, rules, start);
    }
    return starts;
}

Spoken ask_rules(const std::vector<Start::Rule>& rules, std::string_view below, system::Kind kind) {
    Spoken spoken;
    for (std::size_t i = rules.size(); i-- > 0;) {
        const ModeRule* const rule = rules[i].rule;
        const ModePattern& pattern = rule->compiled;
        const ModePattern::States states = pattern.after_path(rules[i].states, below);
        spoken.goes_on = spoken.goes_on || pattern.may_match_below(states);
        if (spoken.rule != nullptr || !pattern.matches(states)) {
            continue;
        }
        // A wildcard means files where its mode would lock a folder's content away.
        const bool locks = kind == system::Kind::folder && (rule->mode & 0100U) == 0;
        if (!locks) {
            spoken.rule = rule;
        } else if (pattern.names_exactly()) {
            spoken.locking = rule;
        }
    }
    return spoken;
}

}  // namespace envkeep::keep

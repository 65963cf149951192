// SPDX-License-Identifier: MIT
#include "keep/modes_pattern.hpp"

#include "envkeep/core/text.hpp"
#include "keep/resolve_glob.hpp"

#include <algorithm>
#include <bit>

namespace envkeep::keep {
namespace {

std::string without_escapes(std::string_view part) {
    std::string plain;
    for (std::size_t i = 0; i < part.size(); ++i) {
        if (part[i] == '\\' && i + 1 < part.size()) {
            ++i;
        }
        plain += part[i];
    }
    return plain;
}

}  // namespace

Result<ModePattern> ModePattern::parse(std::string_view text, std::string_view home) {
    constexpr std::size_t most = 62;  // one bit each, one more for the end
    ModePattern pattern;
    if (!text.starts_with('/')) {
        for (const std::string_view part : split(home, '/')) {
            pattern.add(part, true);
        }
    }
    for (const std::string_view part : split(text, '/')) {
        if (part == "..") {
            return failure(ErrorKind::unsafe_path,
                           "pattern " + quoted(text) + " climbs with '..'",
                           "write the path it leads to");
        }
        pattern.add(part, false);
    }
    if (pattern.components_.size() > most) {
        return failure(ErrorKind::unsafe_path, "pattern " + quoted(text) + " has too many parts");
    }
    return pattern;
}

void ModePattern::add(std::string_view part, bool is_plain) {
    using Kind = Component::Kind;
    if (part.empty() || part == ".") {
        return;
    }
    if (is_plain) {
        components_.push_back({.kind = Kind::name, .text = std::string(part)});
    } else if (part == "**") {
        if (components_.empty() || components_.back().kind != Kind::any_depth) {
            components_.push_back({.kind = Kind::any_depth, .text = {}});
        }
    } else if (is_pattern(part)) {
        components_.push_back({.kind = Kind::wildcard, .text = std::string(part)});
    } else {
        components_.push_back({.kind = Kind::name, .text = without_escapes(part)});
    }
}

// `**` may stand for nothing, but for at least one name at the end.
ModePattern::States ModePattern::closed(States states) const {
    for (std::size_t i = 0; i + 1 < components_.size(); ++i) {
        if (components_[i].kind == Component::Kind::any_depth && (states >> i & 1U) != 0) {
            states |= States{1} << (i + 1);
        }
    }
    return states;
}

ModePattern::States ModePattern::after_name(States states, std::string_view name) const {
    States next = 0;
    for (States left = closed(states); left != 0; left &= left - 1) {
        const auto i = static_cast<std::size_t>(std::countr_zero(left));
        if (i >= components_.size()) {
            continue;
        }
        const Component& component = components_[i];
        if (component.kind == Component::Kind::any_depth) {
            next |= States{1} << i;
            if (i + 1 == components_.size()) {
                next |= States{1} << (i + 1);
            }
        } else if (component.kind == Component::Kind::name ? component.text == name
                                                           : name_matches(component.text, name)) {
            next |= States{1} << (i + 1);
        }
    }
    return next;
}

ModePattern::States ModePattern::after_path(States states, std::string_view path) const {
    while (!path.empty() && states != 0) {
        const std::size_t end = path.find('/');
        if (const std::string_view name = path.substr(0, end); !name.empty()) {
            states = after_name(states, name);
        }
        path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
    }
    return states;
}

bool ModePattern::matches(States states) const {
    return (states >> components_.size() & 1U) != 0;
}

bool ModePattern::may_match_below(States states) const {
    return (states & ~(States{1} << components_.size())) != 0;
}

std::string_view ModePattern::only_name(States states) const {
    const States all = closed(states);
    if (std::popcount(all) != 1 || matches(all)) {
        return {};
    }
    const Component& next = components_[static_cast<std::size_t>(std::countr_zero(all))];
    return next.kind == Component::Kind::name ? std::string_view(next.text) : std::string_view();
}

bool ModePattern::names_exactly() const {
    return !components_.empty() && components_.back().kind == Component::Kind::name;
}

}  // namespace envkeep::keep

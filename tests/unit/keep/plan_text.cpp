// SPDX-License-Identifier: MIT
#include "unit/keep/plan_text.hpp"

#include "envkeep/core/match.hpp"
#include "envkeep/core/text.hpp"

#include <fmt/format.h>

namespace envkeep::keep::testing {
namespace {

std::string without(const std::vector<RelPath>& paths) {
    std::string text;
    for (const RelPath& path : paths) {
        text += (text.empty() ? " without " : ",") + path.text();
    }
    return text;
}

}  // namespace

std::string line_of(const model::Action& action,
                    const std::function<std::string(const system::Place&)>& absolute) {
    const std::string name(model::name_of(action));
    const std::string place = absolute(model::place_of(action));
    const std::string head = name + ' ' + place;
    return match(
        action,
        [&](const model::MakeFolder& one) { return head + ' ' + octal(one.mode); },
        [&](const model::MakeFile& one) { return head + ' ' + octal(one.mode); },
        [&](const model::MakeLink& one) { return head + " -> " + one.target; },
        [&](const model::ReplaceLink& one) {
            return fmt::format("{} -> {} (was {} {})",
                               head,
                               one.new_target,
                               one.is_ours ? "our" : "their",
                               one.old_target);
        },
        [&](const model::ReplaceLinkByFolder& one) {
            return fmt::format(
                "{} (was {} {})", head, one.is_ours ? "our" : "their", one.old_target);
        },
        [&](const model::Seed& one) {
            return fmt::format(
                "{} {} -> {}{}", name, absolute(one.from), place, without(one.leaves_out));
        },
        [&](const model::ReplaceByLink& one) {
            return fmt::format(
                "{} -> {} ({})", head, one.target, one.is_in_store ? "held" : "only here");
        },
        [&](const model::MoveAside&) { return head; },
        [&](const model::CopyIn& one) {
            const bool is_new = one.seen.kind == system::Kind::absent;
            return fmt::format("{} {} -> {} ({})",
                               name,
                               absolute(one.from),
                               place,
                               is_new            ? "new"
                               : one.is_in_store ? "held"
                                                 : "only here");
        },
        [&](const model::CopyBack& one) {
            return fmt::format("{} {} -> {}", name, absolute(one.from), place);
        },
        [&](const model::SetMode& one) { return head + ' ' + octal(one.new_mode); });
}

std::vector<std::string> lines_of(
    const model::Plan& plan, const std::function<std::string(const system::Place&)>& absolute) {
    std::vector<std::string> lines;
    for (const model::Step& step : plan.steps) {
        lines.push_back(line_of(step.action, absolute));
    }
    for (const model::Conflict& conflict : plan.conflicts) {
        lines.push_back("conflict: " + conflict.reason);
    }
    return lines;
}

}  // namespace envkeep::keep::testing

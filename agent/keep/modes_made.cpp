// SPDX-License-Identifier: MIT
#include "keep/modes_made.hpp"

#include "envkeep/core/match.hpp"
#include "keep/modes_keys.hpp"
#include "keep/modes_starts.hpp"
#include "keep/modes_walk.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace envkeep::keep {
namespace {

using manifest::Preset;
using system::Kind;

std::vector<Start::Rule> before_the_first_name(const std::vector<ModeRule>& rules) {
    std::vector<Start::Rule> all;
    all.reserve(rules.size());
    for (const ModeRule& rule : rules) {
        all.push_back({.rule = &rule, .states = ModePattern::start()});
    }
    return all;
}

// None if neither a preset nor a rule speaks of the path.
std::optional<MadeModes> modes_of(const std::vector<Start::Rule>& rules,
                                  Preset preset,
                                  std::string_view path) {
    MadeModes made;
    const ModeRule* const folder = ask_rules(rules, path, Kind::folder).rule;
    const ModeRule* const file = ask_rules(rules, path, Kind::file).rule;
    if (preset == Preset::none && folder == nullptr && file == nullptr) {
        return std::nullopt;
    }
    if (preset != Preset::none) {
        made.folder = bounded(made.folder, bound_of(preset, {}, Kind::folder, false), Kind::folder);
    }
    if (folder != nullptr) {
        made.folder = folder->mode;
    }
    const bool is_key = preset == Preset::ssh && is_key_name(path.substr(path.rfind('/') + 1));
    if (file != nullptr && !(is_key && (file->mode & 0077U) != 0)) {
        made.file = file->mode;
        made.is_exact = true;
    }
    return made;
}

// Whether the plan leaves this alone: a place in conflict or below one.
bool is_left_alone(const std::set<std::string>& conflicts, std::string path) {
    while (!conflicts.contains(path)) {
        const std::size_t slash = path.rfind('/');
        if (slash == std::string::npos || slash == 0) {
            return false;
        }
        path.resize(slash);
    }
    return true;
}

void make_with_modes(const std::map<system::Place, MadeModes>& made, model::Action& action) {
    const auto known = made.find(model::place_of(action));
    if (known == made.end()) {
        return;
    }
    const MadeModes& modes = known->second;
    match(
        action,
        [&](model::MakeFolder& folder) { folder.mode = modes.folder; },
        [&](model::ReplaceLinkByFolder& folder) { folder.mode = modes.folder; },
        [&](model::MakeFile& file) { file.mode = modes.file; },
        [&](model::CopyIn& copy) { copy.file_bound |= modes.is_exact ? modes.file : 0U; },
        [](auto&) {});
}

}  // namespace

std::map<system::Place, MadeModes> modes_of_made(const std::vector<ModeRule>& rules,
                                                 const Wanted& wanted,
                                                 const ModesContext& context,
                                                 system::FileReader& files) {
    std::map<system::Place, MadeModes> made;
    const std::vector<Start::Rule> all = before_the_first_name(rules);
    for (const WantedKeep& keep : wanted.keeps) {
        if (rules.empty() && keep.preset == Preset::none) {
            continue;
        }
        if (const auto modes = modes_of(all, keep.preset, files.absolute(keep.place))) {
            made[keep.place] = *modes;
            made[keep.source] = *modes;
        }
        for (system::Place up = keep.place.parent();
             up.root == context.home && !up.path.is_root() && !made.contains(up);
             up = up.parent()) {
            if (const auto modes = modes_of(all, Preset::none, files.absolute(up))) {
                made[up] = *modes;
            }
        }
    }
    return made;
}

void add_modes(ModesPlan modes,
               const std::function<std::string(const system::Place&)>& absolute,
               model::Plan& plan) {
    std::set<std::string> conflicts;
    for (const model::Conflict& conflict : plan.conflicts) {
        conflicts.insert(conflict.place);
    }
    for (model::Step& step : plan.steps) {
        make_with_modes(modes.made, step.action);
    }
    std::erase_if(modes.steps, [&](const model::Step& step) {
        return is_left_alone(conflicts, absolute(model::place_of(step.action)));
    });
    plan.steps.insert(plan.steps.begin(),
                      std::make_move_iterator(modes.steps.begin()),
                      std::make_move_iterator(modes.steps.end()));
    std::move(modes.findings.begin(), modes.findings.end(), std::back_inserter(plan.findings));
}

}  // namespace envkeep::keep

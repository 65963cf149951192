// SPDX-License-Identifier: MIT
#include "keep/modes_made.hpp"

#include "envkeep/core/match.hpp"
#include "keep/modes_keys.hpp"
#include "keep/modes_starts.hpp"
#include "keep/modes_walk.hpp"

#include <algorithm>
#include <iterator>
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

// A script among the keys keeps its owner's right to run it, and what a rule opens stays open.
// Where the store shows the same mode for all files, nothing of it is believed.
std::uint32_t copied_files(const std::vector<Start::Rule>& rules,
                           Preset preset,
                           std::string_view path) {
    std::uint32_t bound = bound_of(preset, {}, Kind::file, false);
    for (const Start::Rule& one : rules) {
        const ModePattern& pattern = one.rule->compiled;
        const bool reaches = pattern.may_match_below(pattern.after_path(one.states, path));
        bound |= reaches ? one.rule->mode : 0U;
    }
    return bound;
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
    const bool opens_a_key = is_key && file != nullptr && (file->mode & 0077U) != 0;
    if (file != nullptr && !opens_a_key) {
        made.file = file->mode;
        made.is_exact = true;
    }
    return made;
}

class MadeFinder {
  public:
    MadeFinder(const std::vector<ModeRule>& rules,
               const ModesContext& context,
               system::FileReader& files)
        : rules_(before_the_first_name(rules)), context_(context), files_(files) {}

    void add(const WantedKeep& keep) {
        const std::string path = files_.absolute(keep.place);
        if (auto modes = modes_of(rules_, keep.preset, path)) {
            if (keep.preset != Preset::none) {
                bound_copies(keep, path, *modes);
            }
            made_[keep.place] = *modes;
            made_[keep.source] = *modes;
        }
        add_parents(keep);
    }

    std::map<system::Place, MadeModes> take() { return std::move(made_); }

  private:
    void bound_copies(const WantedKeep& keep, std::string_view path, MadeModes& modes) {
        modes.copied = context_.modes_honoured ? copied_files(rules_, keep.preset, path) : 0U;
        // A rule for a folder says nothing of the files in it.
        modes.is_exact = modes.is_exact && !is_folder(keep.place) && !is_folder(keep.source);
    }

    void add_parents(const WantedKeep& keep) {
        for (system::Place up = keep.place.parent();
             up.root == context_.home && !up.path.is_root() && !made_.contains(up);
             up = up.parent()) {
            if (const auto modes = modes_of(rules_, Preset::none, files_.absolute(up))) {
                made_[up] = *modes;
            }
        }
    }

    [[nodiscard]] bool is_folder(const system::Place& place) {
        const auto status = files_.status(place);
        return status && status->kind == Kind::folder;
    }

    const std::vector<Start::Rule> rules_;
    const ModesContext& context_;
    system::FileReader& files_;
    std::map<system::Place, MadeModes> made_;
};

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

// What is known of a place, or of the nearest one above it.
const MadeModes* modes_above(const std::map<system::Place, MadeModes>& made, system::Place place) {
    while (true) {
        if (const auto known = made.find(place); known != made.end()) {
            return &known->second;
        }
        if (place.path.is_root()) {
            return nullptr;
        }
        place = place.parent();
    }
}

// What lies below a place does not follow it at once: "a", "a-b", "a/b".
std::vector<model::CopiedMode> modes_in(const std::map<system::Place, std::uint32_t>& copied,
                                        const system::Place& place) {
    std::vector<model::CopiedMode> modes;
    for (auto at = copied.lower_bound(place); at != copied.end() && at->first.root == place.root &&
                                              at->first.path.text().starts_with(place.path.text());
         ++at) {
        if (at->first.path.is_within(place.path)) {
            modes.push_back({.below = at->first.path.below(place.path), .mode = at->second});
        }
    }
    std::ranges::sort(modes, {}, &model::CopiedMode::below);
    return modes;
}

void make_with_modes(const std::map<system::Place, MadeModes>& made, model::Action& action) {
    const system::Place& place = model::place_of(action);
    const auto known = made.find(place);
    const bool is_known = known != made.end();
    const auto widen = [&](std::uint32_t& bound) {
        const MadeModes* const above = modes_above(made, place);
        bound |= above != nullptr ? above->copied : 0U;
        bound |= is_known && known->second.is_exact ? known->second.file : 0U;
    };
    const auto set_folder = [&](std::uint32_t& mode) {
        mode = is_known ? known->second.folder : mode;
    };
    match(
        action,
        [&](model::MakeFolder& folder) { set_folder(folder.mode); },
        [&](model::ReplaceLinkByFolder& folder) { set_folder(folder.mode); },
        [&](model::MakeFile& file) { file.mode = is_known ? known->second.file : file.mode; },
        [&](model::Seed& seed) { widen(seed.file_bound); },
        [&](model::CopyIn& copy) { widen(copy.file_bound); },
        [](auto&) {});
}

}  // namespace

std::map<system::Place, MadeModes> modes_of_made(const std::vector<ModeRule>& rules,
                                                 const Wanted& wanted,
                                                 const ModesContext& context,
                                                 system::FileReader& files) {
    MadeFinder finder(rules, context, files);
    for (const WantedKeep& keep : wanted.keeps) {
        if (!rules.empty() || keep.preset != Preset::none) {
            finder.add(keep);
        }
    }
    return finder.take();
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
        if (auto* const copy = std::get_if<model::CopyIn>(&step.action)) {
            copy->modes = modes_in(modes.copied, copy->to);
        }
    }
    std::erase_if(modes.steps, [&](const model::Step& step) {
        return is_left_alone(conflicts, absolute(model::place_of(step.action)));
    });
    plan.steps.insert(plan.steps.begin(),
                      std::make_move_iterator(modes.steps.begin()),
                      std::make_move_iterator(modes.steps.end()));
    std::ranges::move(modes.findings, std::back_inserter(plan.findings));
}

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/modes.hpp"
#include "keep/modes_pattern.hpp"
#include "keep/modes_secrets.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Where the modes of the manifest's home paths are to be looked for: in the home itself, and behind
// each keep in what it leads to.
namespace envkeep::keep {

struct ModeRule {
    std::string pattern;  // as written
    ModePattern compiled;
    std::uint32_t mode = 0;
};

// A real tree, and the home path under which it appears.
struct View {
    system::Place place;
    std::string path;  // absolute
    system::Status status;
    manifest::Preset preset = manifest::Preset::none;
    std::vector<std::string> skipped;  // sorted, below `place`: other keeps' places, what stays out
    // Only what is missing at this other place counts: it will be copied there.
    std::optional<system::Place> counterpart;
    bool is_to_be_copied = false;  // into the store, with its modes
    // The source of a copy that a plan makes here in the home, with all that is spoken of in it.
    std::optional<system::Place> copy;
};

// The home, the trees behind those keeps that have a preset or that a rule can reach, and the
// secrets below the others. Costs two calls for each of these and none for another keep.
[[nodiscard]] std::vector<View> find_views(const std::vector<ModeRule>& rules,
                                           const Wanted& wanted,
                                           const KeptSecrets& secrets,
                                           const ModesContext& context,
                                           system::FileReader& files);

// Whether a rule can match at this absolute path or below it.
[[nodiscard]] bool is_reached(const std::vector<ModeRule>& rules, std::string_view path);

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/keep/observe.hpp"
#include "envkeep/keep/wanted.hpp"
#include "envkeep/model/plan.hpp"
#include "envkeep/store/session_state.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/tree_modes.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace envkeep::keep {

// The modes of a place that a plan makes anew.
struct MadeModes {
    std::uint32_t folder = 0755;
    std::uint32_t file = 0600;
    bool is_exact = false;  // by a rule, not by a preset
    // What files that are copied there or below may keep, beyond the narrowest bound: where the
    // store keeps modes, those of each file were set before.
    std::uint32_t copied = 0;

    friend bool operator==(const MadeModes&, const MadeModes&) = default;
};

struct ModesPlan {
    std::vector<model::Step> steps;  // SetMode only, each a group of its own
    std::vector<model::Finding> findings;
    // What was read for keys, for the session state.
    std::map<std::string, store::SessionState::Sniffed> sniffed;
    // What was listed for names of secrets, for the same.
    std::optional<store::SessionState::SecretNames> secret_names;
    // Of what the plan copies from a store whose modes say nothing or cannot be set: place in the
    // home -> mode.
    std::map<system::Place, std::uint32_t> copied;
    // Places that a preset or a rule speaks of, should they not be there yet; see add_modes.
    std::map<system::Place, MadeModes> made;
};

struct ModesContext {
    system::RootId home;
    unsigned threads = 1;
    bool modes_honoured = true;       // by the store
    bool store_is_read_only = false;  // then nothing is set there
    const store::SessionState* state = nullptr;
    const Observation* observation = nullptr;  // saves looking at the keeps again
    const model::Plan* plan = nullptr;         // whose copies get their modes as they are made
    std::size_t first_group = 0;
};

// Presets are upper bounds (new = old and bound, plus owner read and write, execute for folders);
// rules of the manifest set exactly and may widen. Looks through our own keeps at what they lead
// to, follows no other link. Readers only. Below a keep without a preset the secrets that are known
// by their names have theirs.
[[nodiscard]] Result<ModesPlan> plan_modes(const manifest::Manifest& evaluated,
                                           const Wanted& wanted,
                                           const ModesContext& context,
                                           system::FileReader& files,
                                           system::TreeWalker& walker);

// Puts modes into the plan of the keeps, so that one run reaches all of them: steps on modes come
// first, since copies take over the mode of what they copy, none on what a conflict leaves alone,
// and what the plan makes anew is made with its mode. `absolute` gives a place as text.
void add_modes(ModesPlan modes,
               const std::function<std::string(const system::Place&)>& absolute,
               model::Plan& plan);

// The bound that a preset sets for one file or folder, by its name (the last of `path`) and by
// whether it is a private key. For a whole tree of files say that it is: that bound is the
// narrowest.
[[nodiscard]] std::uint32_t bound_of(manifest::Preset preset,
                                     const RelPath& path,
                                     system::Kind kind,
                                     bool is_private_key);

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "envkeep/core/result.hpp"
#include "envkeep/keep/wanted.hpp"
#include "envkeep/model/plan.hpp"
#include "envkeep/store/session_state.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/tree_modes.hpp"

namespace envkeep::keep {

struct ModesPlan {
    std::vector<model::Step> steps;  // SetMode only
    std::vector<model::Finding> findings;
    // What was read for keys, for the session state.
    std::map<std::string, store::SessionState::Sniffed> sniffed;
};

struct ModesContext {
    system::RootId home;
    unsigned threads = 1;
    bool modes_honoured = true;
    const store::SessionState* state = nullptr;
    std::size_t first_group = 0;
};

// Presets are upper bounds (new = old and bound, plus owner read and write, execute for folders);
// rules of the manifest set exactly and may widen. Looks through our own keeps at what they lead to,
// follows no other link. Readers only.
[[nodiscard]] Result<ModesPlan> plan_modes(const manifest::Manifest& evaluated,
                                           const Wanted& wanted,
                                           const ModesContext& context,
                                           system::FileReader& files,
                                           system::TreeWalker& walker);

// The bound that a preset sets for one file or folder, by its name and the first bytes of its content.
[[nodiscard]] std::uint32_t bound_of(manifest::Preset preset,
                                     const RelPath& below,
                                     system::Kind kind,
                                     bool is_private_key);

// OpenSSH, PEM (PKCS#1, PKCS#8, SEC1) and PuTTY private keys, by the first bytes.
[[nodiscard]] bool is_private_key(std::string_view head);

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/modes.hpp"

#include <map>
#include <optional>
#include <vector>

// Keys and tokens below keeps that have no preset themselves. Known home paths are simply taken to
// be there; for names that count anywhere the first level of each kept folder is listed, once: as
// long as the folders are as they were, what was found is remembered for the session.
namespace envkeep::keep {

struct KeptSecret {
    RelPath below;  // the keep's place
    manifest::Preset preset = manifest::Preset::none;
    bool may_be_in_home = false;  // as something real, which a link may yet have to replace

    friend bool operator==(const KeptSecret&, const KeptSecret&) = default;
};

struct KeptSecrets {
    std::map<const WantedKeep*, std::vector<KeptSecret>> of;  // sorted by path
    std::optional<store::SessionState::SecretNames> names;
};

[[nodiscard]] KeptSecrets find_secrets(const Wanted& wanted,
                                       const ModesContext& context,
                                       system::FileReader& files);

// A secret as a keep of its own.
[[nodiscard]] WantedKeep keep_of(const WantedKeep& keep, const KeptSecret& secret);

}  // namespace envkeep::keep

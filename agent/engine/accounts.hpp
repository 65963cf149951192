// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/unpack.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace envkeep::engine {

// What /etc/shadow lacks for the accounts of /etc/passwd, each locked ("!"): without a line there
// nothing may run as them. Lines with a line feed each; empty where nothing is missing.
[[nodiscard]] std::string missing_shadow_lines(std::string_view passwd, std::string_view shadow);

// The same of /etc/gshadow for the groups of /etc/group, with their members.
[[nodiscard]] std::string missing_gshadow_lines(std::string_view group, std::string_view gshadow);

// Adds them where a step brought accounts: snapshots have no passwords. No line is ever changed.
void complete_accounts(const World& world,
                       const snapshot::Layer& layer,
                       const std::vector<snapshot::LayerStep>& steps);

}  // namespace envkeep::engine

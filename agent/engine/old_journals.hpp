// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace envkeep::engine {

struct OldJournals {
    std::size_t count = 0;              // that go, or would
    std::vector<std::string> problems;  // what cannot be read or removed, and why: it stays
};

// Removes the journals of runs that ended by themselves a month ago or more, in a container that is
// gone, if nothing of them can be taken back any more, no backup is theirs, and a later run names
// the links that they made. A dry run only counts them.
[[nodiscard]] OldJournals remove_old_journals(const World& world,
                                              const Session& session,
                                              bool is_dry_run);

}  // namespace envkeep::engine

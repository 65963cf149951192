// SPDX-License-Identifier: MIT
#pragma once

#include "engine/manifest_edit.hpp"
#include "envkeep/store/journal.hpp"

#include <optional>
#include <string>

namespace envkeep::engine {

// The session with the manifest as it was before the last release of that path in this home, by the
// copy that the run kept; none if no run released it, or it was taken back.
[[nodiscard]] std::optional<Session> before_its_release(const World& world,
                                                        const Session& session,
                                                        const std::string& manifest_path,
                                                        const std::string& typed);

// Whether a release of it has ended in the middle: a link of ours stands there still, or the store
// still has its side.
[[nodiscard]] bool is_half_released(const World& world,
                                    const Session& session,
                                    const keep::WantedKeep& keep);

// Journaled. For a place that a kill left empty between two renames: what belongs there is in the
// store.
[[nodiscard]] Result<void> link_again(const World& world,
                                      const keep::WantedKeep& keep,
                                      store::Journal& journal);

// Refuses where an entry could be read for the one and not for the other: it brings nothing then,
// and would pass for one that went.
[[nodiscard]] Result<void> check_is_read(const keep::Wanted& before, const keep::Wanted& after);

}  // namespace envkeep::engine

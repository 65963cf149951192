// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/store/journal.hpp"

#include <optional>
#include <string>

namespace envkeep::engine {

// The text of the manifest that a run kept when it made this change. Whoever may write the store's
// journal may name any file there: none if it is not where runs keep it, or if anybody may have
// written it who may not write the manifest.
[[nodiscard]] std::optional<std::string> earlier_manifest(const World& world,
                                                          const Session& session,
                                                          const store::RunRecord& run,
                                                          const store::Change& change);

}  // namespace envkeep::engine

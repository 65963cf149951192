// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/system/files.hpp"

#include <optional>

// What a snapshot under way has put into the store so far, in HOME/.envkeep-state/unfinished: if it
// is killed, or the store is full, the next one does not write those bytes again. As all of that
// folder it is never needed.
namespace envkeep::snapshot {

// The files whose bytes are packed, as write_packs tells; the file appears whole.
[[nodiscard]] Result<void> save_unfinished(system::RootId home,
                                           const Layer& packed,
                                           system::FileWriter& writer);

// None if there is none, or if it cannot be read.
[[nodiscard]] std::optional<Layer> load_unfinished(system::RootId home, system::FileReader& files);

// To be called once a snapshot is published.
void drop_unfinished(system::RootId home, system::FileReader& files, system::FileWriter& writer);

}  // namespace envkeep::snapshot

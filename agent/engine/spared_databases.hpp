// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/world.hpp"
#include "envkeep/snapshot/databases.hpp"
#include "envkeep/snapshot/write_packs.hpp"

#include <optional>
#include <string>
#include <vector>

namespace envkeep::engine {

// Databases that programs have open are in a snapshot as they were at one moment, or not at all.
class SparedDatabases {
  public:
    // To be made before the files of the layer are read, which was looked for then.
    SparedDatabases(const World& world,
                    const snapshot::Roots& roots,
                    const snapshot::Layer& layer,
                    WallTime looked_for);

    // What was written to since it was looked for becomes what `base` (may be null; its packs are
    // the first ones of the layer) has of it, else it is added to what is gone. Gives "/x.db: what
    // became of it"; none where nothing was.
    [[nodiscard]] std::optional<std::vector<std::string>> take_out(
        snapshot::Layer& layer, snapshot::PackReport& packs, const snapshot::Layer* base) const;

  private:
    const World& world_;
    const snapshot::Roots& roots_;
    WallTime looked_for_;
    std::vector<snapshot::OpenDatabase> open_;
};

}  // namespace envkeep::engine

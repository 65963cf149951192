// SPDX-License-Identifier: MIT
#include "engine/remove_seen.hpp"

#include <memory>
#include <string>

namespace envkeep::engine {

std::uint64_t remove_seen(const World& world,
                          const snapshot::Roots& roots,
                          const std::vector<snapshot::LayerRemoval>& removals) {
    std::uint64_t count = 0;
    for (const snapshot::LayerRemoval& removal : removals) {
        const Result<void> removed =
            roots.place_of(removal.path).and_then([&](const system::Place& place) {
                return world.tree_writer->write_folder(place.parent())
                    .and_then([&](const std::shared_ptr<system::FolderWriter>& folder) {
                        return folder->remove(std::string(place.path.name()), removal.seen);
                    });
            });
        count += removed ? 1U : 0U;
    }
    return count;
}

}  // namespace envkeep::engine

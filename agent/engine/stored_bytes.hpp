// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/snapshot/layer.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace envkeep::engine {

// Files whose bytes the store has, so that a snapshot need not write them again: of the snapshot
// that the session came from, and of one that was killed or found the store full.
class StoredBytes {
  public:
    StoredBytes(const World& world, const Session& session);

    void add(snapshot::Layer layer) { layers_.push_back(std::move(layer)); }

    // Whether a file of that path and size is among those of `add`, or of the one that was killed,
    // and its pack is sound.
    [[nodiscard]] bool holds(const std::string& path, std::uint64_t size);

    // All that lies in sound packs, of `base` too; but nothing of the packs in `not_in`.
    [[nodiscard]] const snapshot::Layer& known(const std::optional<snapshot::Layer>& base,
                                               const std::set<std::string>& not_in);

    // For the next snapshot, if this one does not end; one that came further stays.
    void keep(const snapshot::Layer& so_far) const;
    void drop() const;

  private:
    [[nodiscard]] bool is_sound(const std::string& pack);

    const World& world_;
    const Session& session_;
    std::map<std::string, bool> sound_;  // packs that were looked at
    std::vector<snapshot::Layer> layers_;
    std::size_t unfinished_ = 0;  // files that the snapshot before packed
    snapshot::Layer known_;
};

}  // namespace envkeep::engine

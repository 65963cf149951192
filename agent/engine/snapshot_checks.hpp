// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/layers.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Why a snapshot is not taken, or not kept.
namespace envkeep::engine {

// busy while a restore is to bring more.
[[nodiscard]] Result<void> check_is_whole(const snapshot::LayerState& state, bool as_is);

// One that is taken by itself, and lacks what could not be read, would hide the last whole one.
[[nodiscard]] Result<void> check_may_lack(const SnapshotOptions& options,
                                          const std::vector<std::string>& unread);

// no_space, before anything is written: over the manifest's limit, or more than the store has free.
[[nodiscard]] Result<void> check_room(const World& world,
                                      const Session& session,
                                      std::uint64_t bytes_to_store);

// Tells whether somebody began to install while a snapshot was taken: what was read before and what
// was read after would not fit together.
class QuietTime {
  public:
    QuietTime() = default;

    // From now on.
    [[nodiscard]] static Result<QuietTime> begin(const World& world,
                                                 const Session& session,
                                                 const snapshot::LayerState& state);

    // busy if packages changed since, or a package manager is at work.
    [[nodiscard]] Result<void> check(const World& world,
                                     const Session& session,
                                     const snapshot::LayerState& state) const;

  private:
    WallTime began_{};
    std::optional<WallTime> changed_at_;
};

}  // namespace envkeep::engine

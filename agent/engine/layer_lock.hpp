// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/layers.hpp"
#include "envkeep/posix/folder_lock.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <utility>

namespace envkeep::engine {

// What one at a time may do in a container: record its layer, or bring one back. A snapshot of what
// a restore is changing would be a mixture of both.
class LayerLock {
  public:
    struct Wait {
        std::chrono::milliseconds longest{};  // zero: not at all
        std::function<bool()> may_go_on;      // none: until then
    };

    // For those who have a user before them.
    static constexpr std::chrono::minutes by_hand{10};

    // busy if another one has it all the time. On a file system without locks nobody is kept out.
    [[nodiscard]] static Result<LayerLock> take(const World& world,
                                                const Session& session,
                                                const Wait& wait,
                                                const Listener& listener);

  private:
    explicit LayerLock(std::optional<posix::FolderLock> held) : held_(std::move(held)) {}

    std::optional<posix::FolderLock> held_;
};

// What came back once is the session's own, and where there are no snapshots none comes: to see
// that needs no lock.
[[nodiscard]] bool has_nothing_to_come(const World& world, const Session& session);

// For a restore, once no other process brings the snapshot back. None for a start that finds one at
// work: it leaves the rest to that one. busy where the user ended the wait.
[[nodiscard]] Result<std::optional<LayerLock>> lock_for_restore(const World& world,
                                                                const Session& session,
                                                                const LayerRestoreOptions& options,
                                                                const Listener& listener);

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "engine/long_work.hpp"
#include "envkeep/engine/start.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace envkeep::engine {

// `snapshot: {auto: on-change}`: how often the background looks, and how long packages must have
// been left alone before it takes a snapshot by itself.
inline constexpr std::chrono::milliseconds auto_look{60'000};
inline constexpr std::chrono::minutes auto_quiet{10};
// After one that was refused.
inline constexpr std::chrono::hours auto_patience{1};

enum class AutoReason { quiet, session_ends };

// Takes a snapshot if the manifest asks for it and packages changed since the last one: ten quiet
// minutes ago, or, at the end of a session, at all. What goes wrong is tried again, and told by
// 'envkeep status'.
void take_auto_snapshot(const Options& options,
                        const MakeWorld& make_world,
                        const std::string& store_id,
                        AutoReason reason);

// The looks in quiet minutes, each in a process of its own: a snapshot may take long, and meanwhile
// the session is to be saved.
class QuietLooks {
  public:
    // Does nothing while the one before is at it.
    void look(const Options& options, const MakeWorld& make_world, const std::string& store_id);
    void wait_for_its_end() const;

  private:
    std::optional<LongWork> work_;
};

}  // namespace envkeep::engine

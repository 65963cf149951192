// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace envkeep::engine {

// How long a session's store has been away. A network store may come back after a while; one that
// is gone for an hour, or has made room for another, is not waited for.
class StoreWatch {
  public:
    static constexpr std::chrono::milliseconds longest_absence = std::chrono::hours(1);

    void looked(bool is_there, std::chrono::milliseconds since_last_look) {
        away_ = is_there ? std::chrono::milliseconds::zero() : away_ + since_last_look;
    }

    [[nodiscard]] bool is_lost() const { return away_ >= longest_absence; }

  private:
    std::chrono::milliseconds away_{};
};

}  // namespace envkeep::engine

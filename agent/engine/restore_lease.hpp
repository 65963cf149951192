// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/store/lease.hpp"

#include <string>

namespace envkeep::engine {

// Tells other sessions which snapshot this run brings back, so that their `gc` leaves it: by the
// lease that the session's background holds, else by one of its own until this object ends. Where
// none can be written the restore goes on without. World and session must outlive it.
class RestoreLease {
  public:
    RestoreLease(const World& world, const Session& session, const std::string& snapshot);
    RestoreLease(const RestoreLease&) = delete;
    RestoreLease& operator=(const RestoreLease&) = delete;
    ~RestoreLease();

    // To be called often while long work goes on: writes once in 30 s.
    void renew();

  private:
    const World& world_;
    const store::Store& store_;
    store::Lease lease_;  // without an id: none
    bool is_own_ = false;
    SteadyTime renewed_{};
};

}  // namespace envkeep::engine

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/household.hpp"

#include <functional>
#include <string>

namespace envkeep::engine {

struct PackedWork {
    std::string command;  // as the journal names it
    std::string again;    // what the user runs to go on
    std::function<bool(const std::string& subject)> is_meant;
};

// Takes the snapshot that holds packed keeps which are real by now, and puts away what the store
// had of them. What stands in the way of that is a finding (partly); nothing is lost by it, and the
// same command goes on later.
[[nodiscard]] Result<void> finish_packed(const World& world,
                                         Session& session,
                                         const PackedWork& work,
                                         AdoptReport& report,
                                         const Listener& listener);

}  // namespace envkeep::engine

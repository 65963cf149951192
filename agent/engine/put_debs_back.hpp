// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"

#include <chrono>
#include <functional>
#include <vector>

namespace envkeep::engine {

// Lets dpkg install, without a network, what LayerState::debs names, and forgets that list: what it
// could not do stands in `not_here` then, and in the findings that come back. While another program
// holds dpkg's lock it waits, at most so long: then the list stays, for the next restore. What dpkg
// says is kept in HOME/.envkeep-state/dpkg.log.
[[nodiscard]] Result<std::vector<model::Finding>> put_debs_back(
    const World& world,
    const Session& session,
    const std::function<bool()>& may_go_on,
    const Listener& listener,
    std::chrono::milliseconds longest_wait = std::chrono::minutes(5));

}  // namespace envkeep::engine

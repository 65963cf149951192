// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"

#include <functional>
#include <vector>

namespace envkeep::engine {

// Lets dpkg install, without a network, what LayerState::debs names, and forgets that list: what it
// could not do stands in `not_here` then, and in the findings that come back. Waits for dpkg's lock
// for 5 minutes. What dpkg says is kept in HOME/.envkeep-state/dpkg.log.
[[nodiscard]] Result<std::vector<model::Finding>> put_debs_back(
    const World& world,
    const Session& session,
    const std::function<bool()>& may_go_on,
    const Listener& listener);

}  // namespace envkeep::engine

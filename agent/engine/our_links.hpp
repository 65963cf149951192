// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"

#include <string>
#include <vector>

namespace envkeep::engine {

struct OurLink {
    std::string place;  // absolute
    std::string target;
};

// The links to below the persistent folder that are there now, among the places that the manifest
// names, those that journals tell, and what lies in the home itself. In the order of their places.
[[nodiscard]] std::vector<OurLink> our_links(const World& world,
                                             const Session& session,
                                             const keep::Wanted& wanted);

}  // namespace envkeep::engine

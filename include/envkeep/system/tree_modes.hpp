// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/files.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace envkeep::system {

// One entry met in a walk. The reference lives only during the call.
struct WalkEntry {
    const RelPath& below;  // relative to the walked place; the root for the place itself
    const Status& status;
};

// What could not be looked at, or not be listed: nothing is known of it, nor of what is below it.
struct WalkError {
    RelPath below;  // relative to the walked place
    Error error;
};

// Walks large trees on several threads. Links are reported and never followed; other file systems
// mounted below are not entered.
class TreeWalker {
  public:
    virtual ~TreeWalker() = default;

    // Calls `visit` for the place and all below it, in no order, from one thread at first and from
    // `threads` at once where the tree turns out to be large; `visit` says for a folder whether to
    // go into it. Errors of single entries are returned together.
    [[nodiscard]] virtual std::vector<WalkError> walk(
        const Place& place,
        unsigned threads,
        const std::function<bool(const WalkEntry&)>& visit) = 0;
};

}  // namespace envkeep::system

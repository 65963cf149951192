// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/files.hpp"
#include "envkeep/system/tree_modes.hpp"

#include <functional>
#include <vector>

namespace envkeep::posix {

// Walks with one statx an entry and one open a folder, relative to the folder above. `files` (whose
// roots the places name) must outlive it and is only used by the thread that calls walk.
class TreeWalker final : public system::TreeWalker {
  public:
    explicit TreeWalker(Files& files) : files_(files) {}

    [[nodiscard]] std::vector<system::WalkError> walk(
        const system::Place& place,
        unsigned threads,
        const std::function<bool(const system::WalkEntry&)>& visit) override;

  private:
    Files& files_;
};

}  // namespace envkeep::posix

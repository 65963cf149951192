// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/keep/reach.hpp"
#include "envkeep/system/files.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace envkeep::keep {

// Finds the places of the absolute paths that a journal names, which must be within reach. Links
// are followed only in the folders of it, never because a journal says so: what lies elsewhere is
// reached from `/` without any.
class Paths {
  public:
    Paths(const Reach& reach, system::FileReader& files);

    // unsafe_path if a link is on the way.
    [[nodiscard]] Result<system::Place> place_of(const std::string& absolute);

    // What stands there; absent if a link is on the way: nothing of ours is below one.
    [[nodiscard]] Result<system::Seen> look(const std::string& absolute);

  private:
    system::FileReader& files_;
    std::vector<std::pair<std::string, system::RootId>> roots_;  // as they are spelled
    std::optional<system::RootId> whole_;                        // `/`
};

// The folder that `absolute` is in.
[[nodiscard]] std::string parent_of(const std::string& absolute);

}  // namespace envkeep::keep

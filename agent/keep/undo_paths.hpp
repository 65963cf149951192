// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/store/journal.hpp"
#include "envkeep/system/files.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace envkeep::keep {

// Finds the places of the absolute paths that a journal names. Links are followed only in folders
// that the user named now, never because a journal says so: `roots`, then the home of the run, then
// `/`.
class Paths {
  public:
    Paths(const store::Run& run,
          const std::vector<system::RootId>& roots,
          system::FileReader& files);

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

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/system/files.hpp"

#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace envkeep::keep {

// Gives out places in `.envkeep-aside/RUN/`, on the mount of what is to go there, so that going
// aside is one rename. The folders on the way are made with 0700: nothing becomes more readable
// there.
class AsidePlaces {
  public:
    AsidePlaces(std::string run, system::FileReader& files, system::FileWriter& writer)
        : run_(std::move(run)), files_(files), writer_(writer) {}

    // A place where nothing stands and that lies in nothing that went aside in this run. `suffix`
    // sets things apart that are not what stood at `place`: "RUN.copy".
    [[nodiscard]] Result<system::Place> take(const system::Place& place,
                                             std::string_view suffix = {});

    // For a place that was not used after all, or not any more: its folders go, as far as they are
    // empty.
    void give_back(const system::Place& aside);

  private:
    [[nodiscard]] Result<bool> is_free(const system::Place& aside, const RelPath& folder);

    std::string run_;
    system::FileReader& files_;
    system::FileWriter& writer_;
    std::set<system::Place> taken_;
};

// True for what lies in a folder of things that went aside.
[[nodiscard]] bool is_aside(std::string_view absolute);

}  // namespace envkeep::keep

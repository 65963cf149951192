// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/observe.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace envkeep::keep {

// Whether the text of a link that stands at `place` leads into a store of ours, this one or an
// older one. Nothing is followed.
[[nodiscard]] bool leads_into_a_store(const std::string& place,
                                      const std::string& target,
                                      const Wanted& wanted);

// Whether a real path lies in the folder that persists, or in one that the manifest names with
// `to`.
[[nodiscard]] bool lies_in_what_persists(const std::string& real,
                                         const Wanted& wanted,
                                         system::FileReader& files);

// What is on the way to places: links, missing folders, files. Each folder is looked at once.
class Ways {
  public:
    Ways(const Wanted& wanted, system::FileReader& files);

    struct LinkOnTheWay {
        bool is_there = false;
        system::Place place;
        std::string target;
        bool is_ours = false;
        bool becomes_a_folder = false;  // a `folder` keep stands there
    };

    // The topmost link among `folder` and the folders above it.
    [[nodiscard]] const LinkOnTheWay& link_on_the_way(const system::Place& folder);

    struct Missing {
        std::vector<RelPath> folders;  // topmost first
        std::string file;              // absolute: stands where a folder must be; empty if none
    };

    // What will be missing above a place once the link on the way to `folder` is a real folder.
    [[nodiscard]] std::vector<RelPath> missing_below_link(const system::Place& folder);

    // Which of `folder` and the folders above it are not there; those that a `folder` keep makes
    // are not counted.
    [[nodiscard]] Result<Missing> missing(const system::Place& folder);

  private:
    [[nodiscard]] bool is_folder_keep(const system::Place& place) const;

    const Wanted& wanted_;
    system::FileReader& files_;
    std::vector<const WantedKeep*> folder_keeps_;  // sorted by place
    std::set<system::Place> packed_;
    std::map<system::Place, LinkOnTheWay> links_;
    std::map<system::Place, Missing> missing_;
};

}  // namespace envkeep::keep

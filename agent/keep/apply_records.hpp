// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/model/plan.hpp"
#include "envkeep/store/session_state.hpp"
#include "envkeep/system/files.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace envkeep::keep {

// A digest of a link's file is only needed if both sides change; more than this is not read for it
// at a start, nor by a save. Without it the sides count as different, and both are kept.
inline constexpr std::uint64_t largest_read_for_link = 8U << 20U;

// Remembers files as they were put in the home, so that `save` can tell later who changed what.
// What cannot be read is not remembered: it is looked at anew then.
class Records {
  public:
    Records(const model::Plan& plan, system::RootId home, system::FileReader& files);

    // A root that targets may be below, if the plan does not speak of it.
    void know(system::RootId root) { roots_.insert(root); }

    // A link to `target` (absolute) stands at `place` now. Only files are remembered.
    void linked(const system::Place& place, const std::string& target);
    // A copy of `source` stands at `place` now, or the other way round.
    void copied(const system::Place& place, const system::Place& source);
    // A packed keep was brought from `source`, once; `save` has nothing to do with it.
    void brought(const system::Place& place, const system::Place& source);
    // What stands at `place` was copied to the store, and stays a thing of its own in the home.
    void seeded(const system::Place& place, const system::Place& source);

    // The same of what stood there before, and is as it is wanted.
    void found_link(const system::Place& place, const system::Place& source);
    void found_copy(const system::Place& place,
                    const system::Place& source,
                    const std::vector<RelPath>& leaves_out);

    [[nodiscard]] std::vector<store::RestoredFile> take() &&;

    // The place of a link's target.
    [[nodiscard]] std::optional<system::Place> place_of(const std::string& absolute);

  private:
    [[nodiscard]] std::optional<system::Place> place_below(system::RootId root,
                                                           const std::string& absolute) const;
    [[nodiscard]] std::optional<system::RootId> near_folder(const std::string& absolute);
    [[nodiscard]] bool will_be_replaced(const system::Place& place) const;
    void add_tree(const system::Place& place, const system::Place& source);
    void add_link(const system::Place& place, const system::Place& source);
    void add_copy(const system::Place& place, const system::Place& source);
    void add_copied_link(const system::Place& place, const system::Place& source);
    void add(store::RestoredFile record);

    system::FileReader& files_;
    std::set<system::RootId> roots_;              // that the plan speaks of
    std::map<std::string, system::RootId> near_;  // folders of sources below none of them
    std::set<system::Place> replaced_;            // places that the plan replaces by links
    std::set<system::Place> left_out_;            // of copies that were found
    std::map<std::string, store::RestoredFile> files_by_place_;
};

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#include "keep/modes_nested.hpp"

#include <algorithm>
#include <set>

namespace envkeep::keep {

NestedKeeps::NestedKeeps(const Wanted& wanted) {
    sorted_.reserve(wanted.keeps.size());
    for (const WantedKeep& keep : wanted.keeps) {
        sorted_.push_back(&keep);
    }
    std::ranges::sort(sorted_,
                      [](const auto* one, const auto* other) { return one->place < other->place; });
}

std::vector<RelPath> NestedKeeps::below(const system::Place& place) const {
    // All that lies below stands together, but not right behind the place: "a", "a-b", "a/b".
    const std::string prefix = place.path.is_root() ? "" : place.path.text() + "/";
    auto at = std::ranges::partition_point(sorted_, [&](const WantedKeep* keep) {
        return keep->place.root != place.root ? keep->place.root < place.root
                                              : keep->place.path.text() < prefix;
    });
    std::vector<RelPath> found;
    for (; at != sorted_.end() && (*at)->place.root == place.root &&
           (*at)->place.path.text().starts_with(prefix);
         ++at) {
        if ((*at)->place != place) {
            found.push_back((*at)->place.path.below(place.path));
        }
    }
    return found;
}

std::vector<RelPath> left_out_of(const WantedKeep& keep, const NestedKeeps& nested) {
    const std::vector<RelPath> below = nested.below(keep.place);
    std::set<RelPath> all(below.begin(), below.end());
    all.insert(keep.leaves_out.begin(), keep.leaves_out.end());
    return {all.begin(), all.end()};
}

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#include "keep/modes_nested.hpp"

#include <algorithm>

namespace envkeep::keep {

NestedKeeps::NestedKeeps(const Wanted& wanted) {
    sorted_.reserve(wanted.keeps.size());
    for (const WantedKeep& keep : wanted.keeps) {
        sorted_.push_back(&keep);
    }
    std::sort(sorted_.begin(), sorted_.end(), [](const auto* one, const auto* other) {
        return one->place < other->place;
    });
}

std::vector<RelPath> NestedKeeps::below(const system::Place& place) const {
    // All that lies below stands together, but not right behind the place: "a", "a-b", "a/b".
    const std::string prefix = place.path.is_root() ? "" : place.path.text() + "/";
    auto at = std::lower_bound(
        sorted_.begin(), sorted_.end(), prefix, [&](const auto* keep, const std::string& text) {
            return keep->place.root != place.root ? keep->place.root < place.root
                                                  : keep->place.path.text() < text;
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
    std::vector<RelPath> all = nested.below(keep.place);
    all.insert(all.end(), keep.leaves_out.begin(), keep.leaves_out.end());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#include "keep/observe_records.hpp"

#include <algorithm>
#include <string>

namespace envkeep::keep {

bool is_as_recorded(const system::Status& recorded, const system::Status& now) {
    return recorded.kind == now.kind && recorded.size == now.size &&
           recorded.modified == now.modified && recorded.is_same_file(now);
}

SessionRecords::Sorted::const_iterator SessionRecords::first_from(std::string_view place) {
    if (state_ != nullptr && sorted_.empty()) {
        for (const store::RestoredFile& file : state_->files) {
            sorted_.push_back(&file);
        }
        std::sort(sorted_.begin(), sorted_.end(), [](const auto* one, const auto* other) {
            return one->place < other->place;
        });
    }
    return std::lower_bound(
        sorted_.begin(), sorted_.end(), place, [](const auto* file, std::string_view text) {
            return file->place < text;
        });
}

const store::RestoredFile* SessionRecords::find(std::string_view place) {
    const auto at = first_from(place);
    return at != sorted_.end() && (*at)->place == place ? *at : nullptr;
}

std::vector<const store::RestoredFile*> SessionRecords::within(std::string_view place) {
    Sorted found;
    if (const store::RestoredFile* own = find(place)) {
        found.push_back(own);
    }
    const std::string folder = std::string(place) + '/';
    for (auto at = first_from(folder); at != sorted_.end() && (*at)->place.starts_with(folder);
         ++at) {
        found.push_back(*at);
    }
    return found;
}

}  // namespace envkeep::keep

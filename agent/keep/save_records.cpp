// SPDX-License-Identifier: MIT
#include "keep/save_records.hpp"

namespace envkeep::keep {

SaveRecords::SaveRecords(const std::vector<store::RestoredFile>& files) {
    by_place_.reserve(files.size());
    for (const store::RestoredFile& file : files) {
        by_place_.insert_or_assign(file.place, Known{.file = &file, .is_taken = false});
    }
}

const store::RestoredFile* SaveRecords::take(const std::string& place) {
    const auto at = by_place_.find(place);
    if (at == by_place_.end()) {
        return nullptr;
    }
    at->second.is_taken = true;
    return at->second.file;
}

std::vector<store::RestoredFile> SaveRecords::rest() const {
    std::vector<store::RestoredFile> rest;
    for (const auto& [place, known] : by_place_) {
        if (!known.is_taken) {
            rest.push_back(*known.file);
        }
    }
    return rest;
}

}  // namespace envkeep::keep

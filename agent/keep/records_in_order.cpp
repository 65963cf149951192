// SPDX-License-Identifier: MIT
#include "envkeep/keep/apply.hpp"
#include "keep/apply_records.hpp"

#include <string_view>
#include <unordered_set>

namespace envkeep::keep {
namespace {

using system::Kind;

// What is to be merged is not: with a record `save` takes the store's version for one that this
// session has seen.
bool is_in_order(const WantedKeep& keep, const KeepSeen& seen) {
    if (seen.obstacle != Obstacle::none || seen.store.kind == Kind::absent || seen.uses_fallback) {
        return false;
    }
    if (keep.form == Form::link) {
        return seen.home.kind == Kind::link && seen.link == LinkKind::right;
    }
    return keep.form == Form::copy && !keep.merges && !seen.was_copied_here &&
           seen.sameness == Sameness::same;
}

}  // namespace

std::vector<store::RestoredFile> records_in_order(const Wanted& wanted,
                                                  const Observation& observation,
                                                  const std::vector<store::RestoredFile>& known,
                                                  system::FileReader& files) {
    std::unordered_set<std::string_view> places;
    for (const store::RestoredFile& file : known) {
        places.insert(file.place);
    }
    Records records({}, {}, files);
    for (std::size_t i = 0; i < wanted.keeps.size(); ++i) {
        const WantedKeep& keep = wanted.keeps[i];
        if (!is_in_order(keep, observation.keeps.at(i)) ||
            places.contains(files.absolute(keep.place))) {
            continue;
        }
        if (keep.form == Form::link) {
            records.found_link(keep.place, keep.source);
        } else {
            records.found_copy(keep.place, keep.source, keep.leaves_out);
        }
    }
    return std::move(records).take();
}

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#include "envkeep/keep/aside.hpp"
#include "envkeep/keep/undo.hpp"
#include "keep/undo_compare.hpp"
#include "keep/undo_paths.hpp"

namespace envkeep::keep {
namespace {

using store::Change;
using system::Kind;
using system::Place;

// By what a link of ours leads to, or by a copy in its place. Read anew: a plan that said so may
// have been overtaken.
bool is_held_now(const Place& aside,
                 const std::string& original,
                 Paths& paths,
                 system::FileReader& files) {
    const Result<system::Seen> there = paths.look(original);
    if (!there || there->status.kind == Kind::absent) {
        return false;
    }
    const Result<Place> holder =
        paths.place_of(there->status.kind == Kind::link ? there->target : original);
    return holder && is_held_by(aside, *holder, files).value_or(false);
}

}  // namespace

std::vector<store::Aside> asides_of(const store::RunRecord& run,
                                    const Reach& reach,
                                    system::FileReader& files) {
    Paths paths(reach, files);
    std::vector<store::Aside> asides;
    for (const store::RunRecord::Item& item : run.items) {
        const Change& change = item.change;
        const bool went_aside = change.kind == Change::Kind::moved && !change.is_in_store &&
                                is_aside(change.path) && !is_aside(change.other) &&
                                is_within_reach(change, run, reach);
        const Result<Place> aside = paths.place_of(change.path);
        if (!went_aside || !aside) {
            continue;
        }
        const Result<system::Seen> seen = paths.look(change.path);
        if ((seen && seen->status.kind == Kind::absent) ||
            is_held_now(*aside, change.other, paths, files)) {
            continue;
        }
        asides.push_back({.place = *aside, .original = change.other});
    }
    return asides;
}

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#pragma once

#include "keep/resolve_entry.hpp"

#include <deque>
#include <vector>

namespace envkeep::keep {

// What the home gets from working copies in the store.
struct WorkingCopyEntries {
    std::deque<manifest::Keep> keeps;  // what the entries point to
    std::vector<Entry> entries;
    bool are_dotfiles_known = false;  // false: what they had before may still be wanted
};

// An entry for each link of `dotfiles:`, by what stands in its working copy now, and one for each
// of `repos:` with a subfolder. What is left out against the wish goes to `wanted` as a finding. No
// link in a working copy is followed.
[[nodiscard]] WorkingCopyEntries working_copy_entries(const manifest::Manifest& evaluated,
                                                      const store::Store& store,
                                                      const PlaceFinder& finder,
                                                      system::FileReader& files,
                                                      Wanted& wanted);

// While it is not known what the dotfiles have, what was linked to them stays in the kept folder
// that it stands in: such a folder is kept child by child.
void spare_links_to_dotfiles(const store::SessionState& state,
                             const store::Store& store,
                             PlaceFinder& finder,
                             system::FileReader& files,
                             std::vector<Entry>& entries);

// Notes the links that were made in this container for a working copy, are wanted no more, and
// still stand. A keep whose folder they stand in leaves them out.
void find_former_links(const store::SessionState& state,
                       const store::Store& store,
                       bool are_dotfiles_known,
                       PlaceFinder& finder,
                       system::FileReader& files,
                       Wanted& wanted);

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/store/journal.hpp"
#include "envkeep/system/files.hpp"

#include <string>
#include <vector>

namespace envkeep::keep {

// All that envkeep has to do with in a session. Whoever may write the store's `journal/` can name
// any path of the machine there: what a journal tells is done only within this.
struct Reach {
    // Links are followed in these folders, never because a journal says so.
    struct Folder {
        std::string path;  // as journals spell it
        system::RootId root;
    };

    std::vector<Folder> home;
    std::vector<Folder> store;  // ours first, then the persistent folder that it is in
    // Absolute paths that the manifest in force names: places outside of the home, and what is as
    // of the store though it lies elsewhere (`to:`, the manifest itself).
    std::vector<std::string> places;
    std::vector<std::string> sources;
};

// Whether all that a change of that run names is within reach, aside or not; what went from one
// place to another must have stayed on one side, so that nothing which others may write in the
// store comes to the home.
[[nodiscard]] bool is_within_reach(const store::Change& change,
                                   const store::RunRecord& run,
                                   const Reach& reach);

}  // namespace envkeep::keep

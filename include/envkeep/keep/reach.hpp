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

    struct Link {
        std::string path;
        std::string target;
    };

    std::vector<Folder> home;
    std::vector<Folder> store;  // ours first, then the persistent folder that it is in
    // Absolute paths that the manifest in force names: places outside of the home, and what is as
    // of the store though it lies elsewhere (`to:`).
    std::vector<std::string> places;
    std::vector<std::string> sources;
    // Of the keeps.
    std::vector<Link> links;
    // What no run changes: whoever may write it is trusted, or it is envkeep's own.
    std::vector<std::string> guarded;
    // The manifest, as it is spelled, and where earlier texts of it are which nobody else may
    // write: it gets no others.
    std::vector<std::string> manifest;
    std::vector<std::string> earlier_manifests;
};

// Why a change of that run is not within reach; empty if it is, aside or not. What went from one
// place to another must have gone aside or come back from there, so that nothing which others may
// write comes to a place where it is read.
[[nodiscard]] std::string why_out_of_reach(const store::Change& change,
                                           const store::RunRecord& run,
                                           const Reach& reach);

[[nodiscard]] inline bool is_within_reach(const store::Change& change,
                                          const store::RunRecord& run,
                                          const Reach& reach) {
    return why_out_of_reach(change, run, reach).empty();
}

// Where the link leads that undoing the change makes; empty: it makes none.
[[nodiscard]] std::string link_to_make(const store::Change& change);

// Whether it makes none, or one that a keep has.
[[nodiscard]] bool makes_known_link(const store::Change& change, const Reach& reach);

// Whether `aside` is where that run put what stood at `original`.
[[nodiscard]] bool is_aside_of(const std::string& aside,
                               const std::string& original,
                               const std::string& run);

}  // namespace envkeep::keep

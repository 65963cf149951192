// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/keep/wanted.hpp"
#include "envkeep/system/files.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

// Keeps whose place is a real folder: its children are linked (or copied) one by one, since some of
// what is below it has a place of its own, is excluded, or was asked for that way.
namespace envkeep::keep {

// What is below a kept folder and does not belong to it: by name, down to deeper ones.
struct Holes {
    std::map<std::string, Holes, std::less<>> below;
    bool is_left_out = false;    // this path, with all below it that no deeper keep claims
    bool leads_to_keep = false;  // so the folders on the way must exist
    bool is_keep = false;        // an entry of its own, which alone says what is below it

    // What fits one of these is left out. All folders in which something may fit are real ones, so
    // that it stays out whenever it comes.
    std::vector<RelPath> patterns;

    [[nodiscard]] bool is_empty() const {
        return below.empty() && patterns.empty() && !is_left_out;
    }
};

enum class HoleFor { exclude, keep };

void dig(Holes& holes, const RelPath& below, HoleFor use);

// How the children of a folder find their sources.
enum class Layout {
    plain,       // NAME -> SOURCE/NAME
    python,      // `per: python`: bin -> SOURCE/bin@X.Y, lib is a folder, the usual names are made
    python_lib,  // the `lib` of it: pythonX.Y is made
};

struct FolderRules {
    Layout layout = Layout::plain;
    std::string python;          // "3.11"; empty if none was found: bin stays as it is then
    std::string store_path;      // absolute: links to below it are ours
    bool modes_honoured = true;  // by the store
};

// `folder` as a real folder, and below it a keep for each name that home or store has. The children
// are of the folder's form, but for secrets that are known by their names; a link that is not ours
// is a copy, since it is kept as a link. Fails where a side cannot be listed.
[[nodiscard]] Result<std::vector<WantedKeep>> keeps_of_folder(const WantedKeep& folder,
                                                              const Holes& holes,
                                                              const FolderRules& rules,
                                                              system::FileReader& files);

}  // namespace envkeep::keep

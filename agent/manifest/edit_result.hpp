// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/manifest/read.hpp"
#include "manifest/edit_page.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What every edit of a manifest asks before and after it.
namespace envkeep::manifest {

// The text alone, as all edits read it.
[[nodiscard]] Reading read_for_edit(std::string_view text);

// Gives `changed` if it says just what is `wanted` and nothing more is wrong with it than was
// before.
[[nodiscard]] Result<std::string> checked(std::string changed,
                                          const Reading& before,
                                          const Manifest& wanted);

[[nodiscard]] tl::unexpected<Error> not_editable(const Reading& reading);

[[nodiscard]] std::vector<const Keep*> keeps_of(const Manifest& manifest, std::string_view path);

// One entry as it was read and as it stands in the text.
struct FoundEntry {
    std::size_t keep = 0;   // index into Manifest::keeps
    std::size_t index = 0;  // into the list of the page
};

// The one entry with that path. `what_to_do` says how an edit by hand is called: "take out".
[[nodiscard]] Result<FoundEntry> find_entry(const Page& page,
                                            const Reading& reading,
                                            std::string_view path,
                                            std::string_view what_to_do);

}  // namespace envkeep::manifest

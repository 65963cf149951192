// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/keep/wanted.hpp"
#include "keep/resolve_folder.hpp"
#include "keep/resolve_places.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::keep {

// A keep of the manifest at one path, on its way to places.
struct Entry {
    const manifest::Keep* keep = nullptr;
    NamedPath path;
    std::optional<system::Place> source;  // of a match of a pattern, or in a working copy
    Origin origin = Origin::keep;
    std::optional<WantedKeep> wanted;  // once place and source are found and sound
    Holes holes;

    [[nodiscard]] bool is_match() const { return source.has_value() && origin == Origin::keep; }
};

// By path, so that what is below a path follows it at once.
[[nodiscard]] bool stands_before(const Entry& one, const Entry& other);

// One entry for each keep, or for each match of its pattern, and `more`; in order, each path once.
// What cannot be goes to `wanted` as a conflict.
[[nodiscard]] std::vector<Entry> entries_of(const manifest::Manifest& evaluated,
                                            std::vector<Entry> more,
                                            PlaceFinder& finder,
                                            system::FileReader& files,
                                            Wanted& wanted);

// The command that opens the manifest where this keep is written.
[[nodiscard]] std::string edit_command(const manifest::Manifest& evaluated,
                                       const manifest::Keep& keep);

// Notes an entry that stops here, with a row of its own.
void add_conflict(const Entry& entry,
                  std::string reason,
                  std::vector<std::string> commands,
                  Wanted& wanted);

}  // namespace envkeep::keep

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/keep/wanted.hpp"

#include <functional>
#include <string>
#include <vector>

// What else would keep a path whose entry was taken out of the manifest.
namespace envkeep::engine {

// Takes the path out of the entry that keeps a folder above it, by its `exclude`. `after` is the
// session with that text; the text as it is where no such entry is there.
[[nodiscard]] Result<std::string> exclude_above(const Session& after,
                                                const std::string& typed,
                                                const std::string& text);

// Takes what had entries of its own out of those above; gives what was taken out of one.
[[nodiscard]] Result<std::vector<std::string>> exclude_all(const Session& after,
                                                           const std::vector<std::string>& own,
                                                           std::string& text);

// Entries as they are now that keep a folder above one of the paths.
[[nodiscard]] std::vector<std::string> entries_above(const Session& after,
                                                     const std::vector<std::string>& typed);

// The entry that keeps it where it is the only one; none if none does.
[[nodiscard]] const manifest::Keep* entry_that_keeps(
    const Session& session,
    const std::string& subject,
    const std::function<Result<keep::Wanted>(const manifest::Manifest&)>& resolved);

// Whether that keep brings what is at the place: by itself, or as a part of it.
[[nodiscard]] bool brings(const keep::WantedKeep& keep, const std::string& subject);

}  // namespace envkeep::engine

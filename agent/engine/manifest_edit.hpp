// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/engine/session.hpp"
#include "envkeep/store/journal.hpp"

#include <string>

namespace envkeep::engine {

// The manifest's own text and what stood there when it was read.
struct ManifestText {
    system::Place place;
    system::Status seen;
    std::string text;
};

// The file that our edits go to: the one of the session, links in its path followed.
[[nodiscard]] Result<ManifestText> read_manifest_text(const World& world, const Session& session);

// Writes `text` in its place by one rename; the text before is kept in `backups/RUN/` and
// journaled, so that `undo` brings it back. conflict if somebody edited it meanwhile.
[[nodiscard]] Result<void> write_manifest_text(const World& world,
                                               const Session& session,
                                               const ManifestText& before,
                                               const std::string& text,
                                               store::Journal& journal);

// The session as it would be with that text: nothing is written.
[[nodiscard]] Result<Session> session_with(const World& world,
                                           const Session& session,
                                           const std::string& text);

// The written entry whose path means the same place as `typed` (relative ones start at the home);
// none if there is none.
[[nodiscard]] const manifest::Keep* find_keep(const Session& session, const std::string& typed);

// "~/.ssh" for a path below the home, else the absolute path.
[[nodiscard]] std::string subject_of(const Session& session, const std::string& absolute);

// Refuses an entry that stands in an included file: our edits go to the manifest itself. `what` is
// the command that would edit it: "release".
[[nodiscard]] Result<void> check_is_own(const Session& session,
                                        const manifest::Keep& entry,
                                        std::string_view what);

// "~/x", "x", "./x/" and "/home/me/x" as one absolute path.
[[nodiscard]] std::string absolute_of(const Session& session, std::string_view typed);

// As a manifest would have it: ".ssh" below the home, else the absolute path.
[[nodiscard]] std::string manifest_path_of(const Session& session, const std::string& absolute);

}  // namespace envkeep::engine

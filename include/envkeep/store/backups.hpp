// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/store/layout.hpp"
#include "envkeep/system/files.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

// What was in the way: first `.envkeep-aside/RUN/PATH` on its own file system, then, within a
// limit, `backups/RUN/PATH` in the store.
namespace envkeep::store {

// One thing that went aside in a run.
struct Aside {
    system::Place place;   // where it is now, below `.envkeep-aside/RUN/`
    std::string original;  // absolute: where it stood
    // Below it, sorted: what the user does not want in the store, in no backup either.
    std::vector<RelPath> leaves_out;
};

struct BackupReport {
    std::uint64_t copied = 0;       // bytes
    std::uint64_t held_before = 0;  // bytes that an earlier backup of the same place holds already
    // Originals that stayed local: over the limit, not copyable, or private while the store does
    // not honour modes.
    std::vector<std::string> only_here;
    std::vector<std::string> problems;  // why, where it was an error
};

struct BackupRules {
    system::RootId home;
    std::uint32_t limit_percent = 10;  // of the store's space, for all backups together
    // Asked for each: whether the store's changes are claimed. Without it all is copied anew, since
    // somebody may just remove what an earlier run holds. Empty: they are.
    std::function<bool()> is_claimed{};
    std::function<void()> renew{};  // the claim: called before each file that is copied
};

// Copies what went aside to `backups/RUN/`, nothing beyond the limit. Same bytes at the same place
// are kept once. Private files stay private.
[[nodiscard]] Result<BackupReport> back_up(const Store& store,
                                           const std::string& run,
                                           const std::vector<Aside>& asides,
                                           const BackupRules& rules,
                                           system::FileReader& files,
                                           system::FileWriter& writer);

struct BackupNote {
    std::string path;  // absolute: what the file is the former content of
    std::string name;  // in `backups/RUN/`
    std::uint64_t bytes = 0;
};

// Tells in the index of a file that the caller writes next.
[[nodiscard]] Result<void> note_backup(const Store& store,
                                       const std::string& run,
                                       const BackupNote& note,
                                       system::FileWriter& writer);

// Whether a backup of what stood at `original` was made for that run, or an earlier one found to
// hold the same.
[[nodiscard]] Result<bool> is_backed_up(const Store& store,
                                        const std::string& run,
                                        const std::string& original,
                                        system::FileReader& files);

struct Backup {
    std::string run;
    std::string path;  // absolute: where it stood; of what nobody can tell any more, where it is
    std::string at;    // absolute: where it is now
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
    WallTime made;
};

struct BackupList {
    std::vector<Backup> backups;
    std::vector<std::string> problems;  // what cannot be looked at, and why
};

// Those in `backups/`, and what went aside in the store itself, one for each run. What went aside
// in the home is no backup, also where the store lies in it.
[[nodiscard]] BackupList list_backups(const Store& store,
                                      system::RootId home,
                                      system::FileReader& files);

// What lies in `.envkeep-aside/` of a folder, one for each run; not the copies that a session saved
// before, which are no user's.
[[nodiscard]] BackupList list_asides(system::RootId root, system::FileReader& files);

struct RemovalRules {
    system::RootId home;
    std::chrono::milliseconds older_than{};
    WallTime now;
    std::function<Result<void>()> before_each{};  // where it fails nothing more is removed
};

struct BackupRemoval {
    std::vector<Backup> removed;
    std::vector<std::string> kept;      // of runs that did not come to their end: all there may be
    std::vector<std::string> problems;  // what cannot be read or removed, and why: it stays
};

// Removes backups that are older, and none in `backups/` while the index of one cannot be read: it
// may count on any other. What `release` put under `released/` stays. The one place where the
// user's bytes are ever deleted, and only by `gc --backups` or `backups: {expire: ...}`.
[[nodiscard]] Result<BackupRemoval> remove_backups(const Store& store,
                                                   const RemovalRules& rules,
                                                   system::FileReader& files,
                                                   system::FileWriter& writer);

}  // namespace envkeep::store

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/snapshot/records.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

// What `gc` removes: snapshots that no rule keeps, and the files that no snapshot names any more.
// They go to `trash/` first, and are gone a day later. Snapshots, packs and all else that is
// younger than a day by the store's own clock is never touched: another session may be about to
// name it.
namespace envkeep::snapshot {

inline constexpr std::chrono::hours grace{24};

// In each profile: so many of the newest, the newest of each of so many days, and the newest of
// each of the last images. The newest of all stays whatever the numbers are. Newer is whose ref has
// the higher number: the clocks of those who took them differ.
struct KeepRule {
    unsigned last = 5;
    unsigned days = 7;
    unsigned images = 3;
};

// Ids of those that stay, `needed` (what live sessions were restored from) among them.
[[nodiscard]] std::set<std::string> choose_kept(const SnapshotList& list,
                                                const std::vector<std::string>& needed,
                                                WallTime now,
                                                const KeepRule& rule);

struct StoredFile {
    std::string path;  // below the store: "packs/NAME.tar.zst"
    std::uint64_t bytes = 0;
    WallTime modified{};

    friend bool operator==(const StoredFile&, const StoredFile&) = default;
};

// In decoded bytes, with what the archive puts around files.
struct PackUse {
    std::uint64_t live = 0;  // of files that somebody names
    std::uint64_t total = 0;

    friend bool operator==(const PackUse&, const PackUse&) = default;
};

// What of ours stands in the store. Names that are not ours do not count and are left alone.
struct Stock {
    WallTime now{};                       // by the store's own clock
    std::vector<StoredFile> packs;        // packs/NAME.tar.zst
    std::vector<StoredFile> manifests;    // manifests/NAME.layer.zst and .lock.zst
    std::vector<StoredFile> records;      // snapshots/ID.json
    std::vector<StoredFile> refs;         // refs/PROFILE/NUMBER
    std::vector<StoredFile> trash;        // trash/TIME.FOLDER.NAME
    std::vector<StoredFile> temporaries;  // of all these folders
    std::set<std::string> young;  // ids of snapshots whose ref or record is younger than a day
    std::set<std::string> used;   // paths of packs, manifests and records that are named
    std::map<std::string, PackUse> packs_in_use;  // by name
    std::vector<std::string> problems;  // what should tell what is used, and cannot be read
};

// Reads the layers of `kept`, and of what is younger than a day. Writes the file `trash/clock` or,
// where there is no room, sets the mode of `snapshots/` to what it is. What snapshots name of
// Debian packages is the caller's to know: of those only temporaries count.
[[nodiscard]] Result<Stock> take_stock(const Shelf& shelf,
                                       const SnapshotList& list,
                                       const std::set<std::string>& kept);

struct GcPlan {
    std::vector<Ref> refs;               // as they were when the plan was made
    std::vector<std::string> snapshots;  // ids of those that go
    std::vector<StoredFile> to_trash;    // in this order: refs, records, manifests, packs
    std::vector<StoredFile> to_remove;   // for good
    std::vector<StoredFile>
        to_take_back;  // of the trash: an interrupted gc took it, and it is named
    std::uint64_t bytes_to_trash = 0;
    std::uint64_t bytes_to_remove = 0;

    // Less than half of it is named. A snapshot that does not take its bytes for known stores what
    // is left anew, so that it goes when the older ones do.
    struct Thin {
        std::string pack;
        PackUse use;

        friend bool operator==(const Thin&, const Thin&) = default;
    };

    std::vector<Thin> thin;
    std::vector<std::string> blocked;  // why nothing goes to the trash this time
};

// A pure function. While something of the store cannot be read, it removes nothing that may be
// named there, out of the trash neither.
[[nodiscard]] GcPlan plan_gc(const SnapshotList& list,
                             const std::set<std::string>& kept,
                             const Stock& stock);

struct GcReport {
    std::uint64_t trashed = 0;  // files
    std::uint64_t removed = 0;
    std::uint64_t bytes_removed = 0;
    std::vector<std::string> problems;  // what could not be moved or removed, and why
};

// conflict, with nothing done, if the refs are others than when the plan was made; if they became
// so while it was at work, all that it took is put back. So either this sees a new snapshot, or the
// session that published it finds after that what was taken (take_back), and no pack of it is lost.
// `before_each` is asked before each file: where it fails nothing more is moved or removed, and
// what this run has moved to the trash by then, but not yet looked after, is put back.
[[nodiscard]] Result<GcReport> apply_gc(const Shelf& shelf,
                                        const GcPlan& plan,
                                        WallTime now,
                                        const std::function<Result<void>()>& before_each = {});

}  // namespace envkeep::snapshot

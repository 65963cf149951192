// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/store/layout.hpp"
#include "envkeep/system/files.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// `backups/RUN.jsonl`: one line per thing that went aside in a run, written before it is copied.
// Only its own run writes to it, so sessions that back up at once never mix their lines.
namespace envkeep::store {

struct BackupLine {
    std::string path;     // absolute: where it stood
    std::string at;       // below `backups/RUN/`
    std::string held_by;  // not copied: this earlier run holds the same bytes, at its own `at`
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
};

struct BackupRun {
    std::string id;
    WallTime made;
    bool has_index = false;
    bool has_folder = false;
    std::vector<BackupLine> lines;  // those that could be read
    std::string problem;            // why none could: an index that is there and cannot be read
};

// All runs that backed up something, oldest first.
[[nodiscard]] Result<std::vector<BackupRun>> read_backup_runs(const Store& store,
                                                              system::FileReader& files);

[[nodiscard]] Result<void> append_backup_line(const Store& store,
                                              const std::string& run,
                                              const BackupLine& line,
                                              system::FileWriter& writer);

// Below the store: "backups/RUN", "backups/RUN/AT", "backups/RUN.jsonl".
[[nodiscard]] system::Place backup_folder(const Store& store, std::string_view run);
[[nodiscard]] Result<system::Place> backup_place(const Store& store,
                                                 std::string_view run,
                                                 std::string_view at);
[[nodiscard]] system::Place backup_index(const Store& store, std::string_view run);

}  // namespace envkeep::store

// SPDX-License-Identifier: MIT
#include "envkeep/store/backups.hpp"
#include "store/backup_index.hpp"

namespace envkeep::store {

// A line alone is none: it is written before the copy is made.
Result<bool> is_backed_up(const Store& store,
                          const std::string& run,
                          const std::string& original,
                          system::FileReader& files) {
    ENVKEEP_TRY(const std::vector<BackupRun> runs, read_backup_runs(store, files));
    for (const BackupRun& one : runs) {
        for (const BackupLine& line : one.lines) {
            if (one.id != run || line.path != original) {
                continue;
            }
            ENVKEEP_TRY(const system::Place place,
                        backup_place(store, line.held_by.empty() ? run : line.held_by, line.at));
            ENVKEEP_TRY(const system::Status status, files.status(place));
            if (status.kind != system::Kind::absent) {
                return true;
            }
        }
    }
    return false;
}

}  // namespace envkeep::store

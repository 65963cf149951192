// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/store/backups.hpp"
#include "store_test.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace envkeep::store {

class BackupsTest : public StoreTest {
  protected:
    static inline const std::string old_run = "20260101T000000Z-0000000000";
    static inline const std::string run = "20261120T232459Z-8d6cf3f2a9";
    static inline const std::string next_run = "20261121T080000Z-0000000000";

    // Something that went aside in the home.
    Aside aside(const std::string& path) {
        return {.place = {.root = home(), .path = RelPath::parse(".envkeep-aside/" + path).value()},
                .original = "/root/" + path};
    }

    std::string in_aside(const std::string& path) { return "home/.envkeep-aside/" + path; }

    BackupReport backed_up(const std::string& by, const std::vector<Aside>& asides) {
        return back_up(store, by, asides, {.home = home(), .limit_percent = 100}, files, files)
            .value();
    }

    std::vector<std::string> listed() {
        std::vector<std::string> lines;
        const auto backups = list_backups(store, home(), files).backups;
        for (const Backup& one : backups) {
            lines.push_back(one.run.substr(0, 8) + " " + one.path + " " +
                            std::to_string(one.bytes) + " " + std::to_string(one.files));
        }
        return lines;
    }

    BackupRemoval removal(std::chrono::hours older_than) {
        // Noon of the day after `next_run`.
        const WallTime now(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) +
                           std::chrono::hours(12));
        return remove_backups(
                   store, {.home = home(), .older_than = older_than, .now = now}, files, files)
            .value();
    }

    std::vector<std::string> removed(std::chrono::hours older_than) {
        std::vector<std::string> lines;
        for (const Backup& one : removal(older_than).removed) {
            lines.push_back(one.run.substr(0, 8) + " " + one.path);
        }
        return lines;
    }

    Store store = opened_store();
};

}  // namespace envkeep::store

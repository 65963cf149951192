// SPDX-License-Identifier: MIT
#include "cli/backups.hpp"

#include "envkeep/core/time.hpp"

namespace envkeep::cli {

Json json_of(const std::vector<store::Backup>& backups) {
    Json list = Json::array();
    for (const store::Backup& backup : backups) {
        Json json = Json::object();
        json.set("run", backup.run);
        json.set("path", json_bytes(backup.path));
        json.set("at", json_bytes(backup.at));
        json.set("bytes", backup.bytes);
        json.set("files", backup.files);
        json.set("made", utc_text(backup.made));
        list.add(std::move(json));
    }
    return list;
}

}  // namespace envkeep::cli

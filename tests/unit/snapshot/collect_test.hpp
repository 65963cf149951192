// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/collect.hpp"
#include "sample.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace envkeep::snapshot {

// 2020-11-20T12:00:00Z
inline constexpr std::int64_t second = 1'000'000'000;
inline constexpr std::int64_t noon = 1'605'873'600 * second;
inline constexpr std::int64_t hour = 3600 * second;
inline constexpr std::int64_t day = 24 * hour;

inline std::string id_at(std::int64_t time) {
    std::string id = utc_text(at(time));
    std::erase_if(id, [](char letter) { return letter == '-' || letter == ':'; });
    return id + "-0123456789";
}

inline Snapshot snapshot_at(std::int64_t time, const std::string& profile = "main") {
    return {.id = id_at(time),
            .created = utc_text(at(time)),
            .profile = profile,
            .layer = digest_of(id_at(time)).text(),
            .lock = digest_of("lock").text()};
}

// A list of snapshots taken at these times, each after the one before.
inline SnapshotList list_of(const std::vector<std::int64_t>& times,
                            const std::string& profile = "main") {
    SnapshotList list;
    for (const std::int64_t time : times) {
        list.snapshots.insert(list.snapshots.begin(), snapshot_at(time, profile));
        list.refs.push_back({.profile = profile,
                             .number = static_cast<std::uint32_t>(list.refs.size() + 1),
                             .snapshot = id_at(time)});
    }
    return list;
}

inline std::vector<std::string> paths_of(const std::vector<StoredFile>& files) {
    std::vector<std::string> paths;
    for (const StoredFile& file : files) {
        paths.push_back(file.path);
    }
    return paths;
}

}  // namespace envkeep::snapshot

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/image_listing.hpp"
#include "envkeep/snapshot/plan_layer.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

// Of what tests of plans are made.
namespace envkeep::snapshot {

inline constexpr WallTime old_time{std::chrono::hours(1000)};
inline constexpr WallTime container_began{std::chrono::hours(2000)};
inline constexpr WallTime restored_at{std::chrono::hours(2001)};
inline constexpr WallTime later{std::chrono::hours(2002)};

inline Entry folder(std::string path) {
    return {.path = std::move(path),
            .kind = EntryKind::folder,
            .attributes = {.mode = 0755, .modified = old_time}};
}

inline Entry file(std::string path, std::uint64_t size = 10) {
    return {.path = std::move(path),
            .kind = EntryKind::file,
            .attributes = {.mode = 0644, .modified = old_time},
            .size = size};
}

inline system::Status as_restored(const Entry& entry) {
    const bool is_folder = entry.kind == EntryKind::folder;
    return {.kind = is_folder ? system::Kind::folder : system::Kind::file,
            .mode = entry.attributes.mode,
            .size = is_folder ? 4096 : entry.size,
            .modified = entry.attributes.modified,
            .changed = restored_at};
}

inline system::Status of_image(system::Status status) {
    status.changed = old_time;
    return status;
}

inline Layer layer_with(std::vector<Entry> entries) {
    return {.home = "/root", .groups = {{.name = "/usr/local"}}, .entries = std::move(entries)};
}

inline ImageEntry folder_of_image(std::string path) {
    return {.path = std::move(path), .mode = 0755, .modified = old_time};
}

inline ImageEntry file_of_image(std::string path, std::uint64_t size) {
    return {.path = std::move(path),
            .kind = EntryKind::file,
            .mode = 0644,
            .size = size,
            .modified = old_time};
}

inline LayerPlan plan(const Layer& layer, std::vector<system::Status> seen) {
    return plan_layer(
        layer, {.entries = std::move(seen), .deletions = {}}, {.image_until = container_began});
}

}  // namespace envkeep::snapshot

// SPDX-License-Identifier: MIT
#include "engine/init_import.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

namespace envkeep::engine {

Result<std::vector<manifest::Keep>> keeps_for_import(const World& world,
                                                     const std::string& folder) {
    if (!folder.starts_with('/')) {
        return failure(ErrorKind::usage,
                       fmt::format("--import wants an absolute folder, not {}", quoted(folder)),
                       "for a store made by paperspace-setup: --import /storage/cfg");
    }
    const Result<system::Status> there = world.files.follow(folder);
    if (there && there->kind != system::Kind::folder) {
        return failure(
            ErrorKind::usage,
            fmt::format("--import: {} {}",
                        quoted(folder),
                        there->kind == system::Kind::absent ? "does not exist" : "is no folder"),
            "name the folder that holds '.local', '.ssh' and the like, such as "
            "/storage/cfg");
    }
    ENVKEEP_TRY(const system::RootId root, world.files.open_root(folder));
    ENVKEEP_TRY(const std::vector<system::Entry> entries,
                world.files.list({.root = root, .path = {}}));
    std::vector<manifest::Keep> keeps;
    for (const system::Entry& entry : entries) {
        const bool is_file = entry.kind == system::Kind::file;
        if (!entry.name.starts_with('.') || (!is_file && entry.kind != system::Kind::folder)) {
            continue;
        }
        keeps.push_back({.path = entry.name,
                         .to = fmt::format("{}/{}", world.files.root_path(root), entry.name),
                         .kind = is_file ? manifest::KeepKind::file : manifest::KeepKind::any});
    }
    if (keeps.empty()) {
        return failure(ErrorKind::usage,
                       fmt::format("{} holds nothing to import", quoted(folder)),
                       "name the folder that holds '.local', '.ssh' and the like");
    }
    return keeps;
}

}  // namespace envkeep::engine

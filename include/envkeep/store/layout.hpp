// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/rel_path.hpp"
#include "envkeep/system/files.hpp"

#include <string>

// Where things live: in the store (`/storage/envkeep`), and what of ours stands in a home.
namespace envkeep::store {

inline constexpr int layout_version = 1;

// The store, opened. `base` is the persistent folder (`/storage`), `root` ours in it.
struct Store {
    system::RootId base;
    system::RootId root;
    std::string base_path;  // absolute, as found
    std::string path;       // base_path + "/envkeep"
    std::string id;         // of store.json
    std::string created;
    bool is_read_only = false;  // nothing is written there
    std::string refusal{};      // why, where its mount does not say so: "no space left on device"

    [[nodiscard]] system::Place place(std::string_view below) const;
};

namespace names {
inline constexpr std::string_view folder = "envkeep";  // below the persistent folder
inline constexpr std::string_view manifest = "manifest.yaml";
inline constexpr std::string_view identity = "store.json";
inline constexpr std::string_view hook = "hook.sh";
inline constexpr std::string_view binary = "bin/envkeep";
inline constexpr std::string_view home = "home";
inline constexpr std::string_view repositories = "repos";  // working copies
inline constexpr std::string_view backups = "backups";
inline constexpr std::string_view journal = "journal";
inline constexpr std::string_view leases = "leases";
inline constexpr std::string_view reports = "reports";
inline constexpr std::string_view starts = "starts";  // those that have not ended
inline constexpr std::string_view gpu = "gpu";
// Of snapshots (see docs/snapshot-format.md):
inline constexpr std::string_view packs = "packs";
inline constexpr std::string_view manifests = "manifests";  // layers and locks
inline constexpr std::string_view snapshots = "snapshots";
inline constexpr std::string_view refs = "refs";
inline constexpr std::string_view images = "images";
inline constexpr std::string_view packages = "packages";  // Debian's, in `apt/`
inline constexpr std::string_view trash = "trash";        // what `gc` removes, for a day
inline constexpr std::string_view off_switch = "off";  // the recovery switch: a start does nothing
// In a home, lost with it:
inline constexpr std::string_view aside = ".envkeep-aside";
inline constexpr std::string_view state = ".envkeep-state";
}  // namespace names

}  // namespace envkeep::store

// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace envkeep::manifest {

// The names in the store's own folder that envkeep keeps its own things under: no entry may name
// one of them, or something below, as its source. Sorted. What is hidden and ours is refused
// anywhere.
inline constexpr auto store_parts = std::to_array<std::string_view>({
    "backups",
    "bin",
    "gpu",
    "hook.sh",
    "images",
    "journal",
    "leases",
    "manifest.yaml",
    "manifests",
    "off",
    "packages",
    "packs",
    "refs",
    "reports",
    "snapshots",
    "starts",
    "store.json",
    "trash",
});
static_assert(std::ranges::is_sorted(store_parts));

[[nodiscard]] constexpr bool is_store_part(std::string_view name) {
    return std::ranges::binary_search(store_parts, name);
}

}  // namespace envkeep::manifest

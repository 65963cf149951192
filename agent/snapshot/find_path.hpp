// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/layer.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace envkeep::snapshot {

// The element of that path in a list that is sorted as layers are, or nullptr.
template <typename T>
[[nodiscard]] const T* find_path(const std::vector<T>& sorted, const std::string& path) {
    const auto at = std::ranges::lower_bound(sorted, path, comes_before, &T::path);
    return at != sorted.end() && at->path == path ? &*at : nullptr;
}

}  // namespace envkeep::snapshot

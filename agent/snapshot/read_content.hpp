// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/digest.hpp"
#include "envkeep/core/result.hpp"
#include "envkeep/system/tree_content.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace envkeep::snapshot {

struct Content {
    std::uint64_t size = 0;
    Digest digest;
};

// All of a file, read by way of `buffer`.
[[nodiscard]] Result<Content> read_content(system::OpenFile& file, std::span<std::byte> buffer);

}  // namespace envkeep::snapshot

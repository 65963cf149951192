// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/packages/inventory.hpp"

#include <string>
#include <string_view>
#include <vector>

// The inventory as sorted text, one thing a line, so that `diff` and a git history read well:
//
//   envkeep-lock 1
//   image debian 12 x86_64 glibc-2.36 -
//   runtime python /usr/bin/python3.11 3.11 cpython-311-x86_64-linux-gnu
//   [python /usr/local/lib/python3.11/dist-packages]
//   einops 0.8.0 req session by:pip rec:9f3a21c0d1e2f3a4
//   [notes]
//   half-installed apt - tree unpacked
//
// Words are parted by one space; a space, '[', a backslash and what is no printable ASCII stand as
// \xNN, nothing as "-".
namespace envkeep::packages {

// The same text for the same inventory, in whatever order its parts are.
[[nodiscard]] std::string lock_text(const Inventory& inventory);

struct LockReading {
    Inventory inventory;                   // sorted
    std::vector<std::string> passed_over;  // sections and words of a later envkeep, with the line
};

// `unsupported` for another version of the format, io with the line for a damaged text.
[[nodiscard]] Result<LockReading> parse_lock(std::string_view text);

}  // namespace envkeep::packages

// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>

namespace envkeep::posix {

struct AttributesCopied {
    int code = 0;          // 0 or the errno
    bool is_whole = true;  // else the file system has no place for some extended attribute
};

// Gives an open copy the owner, extended attributes, mode (within `bound`) and times of what it was
// made from, in this order: nothing is readable by more people than the source was, at no time.
// What the file system does not keep is left as it is (see Files).
[[nodiscard]] AttributesCopied copy_attributes(int source,
                                               const struct ::stat& from,
                                               int target,
                                               std::uint32_t bound);

// Owner and times of a link.
[[nodiscard]] int copy_link_attributes(const struct ::stat& from,
                                       int folder,
                                       const std::string& name);

}  // namespace envkeep::posix

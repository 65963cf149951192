// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/snapshot/layer.hpp"
#include "snapshot/frame.hpp"

#include <cstddef>
#include <cstdint>

// What stands around the bytes of files in a pack, so that any tar gives them back: POSIX ustar,
// with pax records where ustar cannot say it.
namespace envkeep::snapshot {

inline constexpr std::size_t tar_block = 512;

// The headers of a member, whole blocks; after them come a file's entry.size bytes, then
// tar_padding(entry.size) zeros. A file that was sparse is stored whole.
[[nodiscard]] Bytes tar_header(const Entry& entry);

// As dpkg wants it: GNU's own records for long names, times in whole seconds, no pax records.
[[nodiscard]] Bytes gnu_tar_header(const Entry& entry);

[[nodiscard]] std::size_t tar_padding(std::uint64_t size);

// What ends an archive.
inline constexpr std::size_t tar_end_size = 2 * tar_block;

}  // namespace envkeep::snapshot

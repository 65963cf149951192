// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace envkeep::posix {

// Reads until the buffer is full or the file ends; -1 with errno set on failure.
[[nodiscard]] std::ptrdiff_t read_fully(int file, std::span<std::byte> buffer);

// The same from `offset` on; the file's own offset stays.
[[nodiscard]] std::ptrdiff_t read_fully_at(int file,
                                           std::uint64_t offset,
                                           std::span<std::byte> buffer);

// All of an open file that said to have `size` bytes (files of /proc say 0); unsupported if it has
// more than `limit`.
[[nodiscard]] Result<std::string> read_all(int file,
                                           std::uint64_t size,
                                           std::uint64_t limit,
                                           const std::string& shown);

// Writes all bytes; 0 or the errno.
[[nodiscard]] int write_fully(int file, std::string_view bytes);

}  // namespace envkeep::posix

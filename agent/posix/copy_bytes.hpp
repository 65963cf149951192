// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace envkeep::posix {

// Copies the bytes of open files, by the fastest way that kernel and file systems know, and
// compares them. Holes stay holes.
class ByteCopier {
  public:
    // All `size` bytes of `source` into the empty file `target`: 0 or the errno.
    [[nodiscard]] int copy(int source, int target, std::uint64_t size);

    enum class Verdict { same, different, failed };  // failed: with errno set

    // Reads both from their beginnings to their ends, but for holes that are at the same place.
    [[nodiscard]] Verdict compare(int source, int target);

  private:
    enum class Way { copy_file_range, sendfile, read_and_write };

    [[nodiscard]] int copy_range(int source, int target, std::int64_t begin, std::int64_t end);
    [[nodiscard]] std::ptrdiff_t copy_some(int source,
                                           int target,
                                           std::int64_t offset,
                                           std::size_t count);
    [[nodiscard]] std::ptrdiff_t read_and_write(int source,
                                                int target,
                                                std::int64_t offset,
                                                std::size_t count);

    Way way_ = Way::copy_file_range;
    std::vector<std::byte> buffer_;
    std::vector<std::byte> other_buffer_;
};

}  // namespace envkeep::posix

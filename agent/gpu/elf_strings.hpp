// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/system/inspector.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace envkeep::gpu {

// The dynamic string table of an opened file, of which the names that are asked for mostly stand
// near each other: one read serves them all.
class ElfStrings {
  public:
    ElfStrings(const system::OpenedFile& file, std::uint64_t table, std::uint64_t table_size)
        : file_(file), table_(table), table_size_(table_size) {}

    [[nodiscard]] bool has(std::uint64_t offset) const { return offset < table_size_; }

    // At most 4096 bytes; empty where the table or the file ends before.
    [[nodiscard]] Result<std::string> at(std::uint64_t offset);

  private:
    // Where the string there ends, if the window has that.
    [[nodiscard]] std::size_t end_of(std::uint64_t offset) const;

    const system::OpenedFile& file_;
    std::uint64_t table_;  // in the file
    std::uint64_t table_size_;
    std::string window_;
    std::uint64_t window_begin_ = 0;
};

// Where a table of versions stands in the file, and how many entries it has: DT_VERNEED for each
// library that is needed, DT_VERDEF for each version of its own.
struct VersionsPlace {
    std::uint64_t offset = 0;
    std::uint64_t count = 0;
};

// Those that a file needs of a library's symbols: "GLIBCXX_3.4.30" of "libstdc++.so.6".
[[nodiscard]] std::vector<std::string> needed_versions(std::string_view library,
                                                       const VersionsPlace& place,
                                                       const system::OpenedFile& file,
                                                       ElfStrings& strings);

// Those that its own symbols have.
[[nodiscard]] std::vector<std::string> offered_versions(const VersionsPlace& place,
                                                        const system::OpenedFile& file,
                                                        ElfStrings& strings);

}  // namespace envkeep::gpu

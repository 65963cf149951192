// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/result.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/system/files.hpp"
#include "envkeep/system/tree_content.hpp"

#include <cstdint>
#include <string>
#include <vector>

// A Debian package (deb(5)) made again from the files that it installed.
namespace envkeep::snapshot {

struct DebControl {
    std::string name;  // "control", "postinst", "md5sums"
    std::string text;
    bool is_program = false;
};

// Of what the package brings. Entry::path is its name in the package, "./usr/bin/x"; targets of
// hard links likewise.
struct DebEntry {
    Entry entry;
    std::string place;  // where it stands, below "/", without links on the way
};

struct DebContent {
    std::vector<DebControl> control;
    std::vector<DebEntry> data;
};

enum class DebPacking : std::uint8_t { plain, zstd };

// Writes `name` into `folder`, whole or not at all; already_exists if it is there. conflict where a
// file has not the size that its entry says.
[[nodiscard]] Result<void> write_deb(const DebContent& content,
                                     DebPacking packing,
                                     system::RootId machine,
                                     system::TreeReader& reader,
                                     const system::Place& folder,
                                     const std::string& name,
                                     system::TreeWriter& writer);

}  // namespace envkeep::snapshot

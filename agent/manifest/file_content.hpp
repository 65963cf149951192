// SPDX-License-Identifier: MIT
#pragma once

#include "manifest/parse_yaml.hpp"
#include "manifest/sections.hpp"

#include <optional>
#include <string>
#include <vector>

namespace envkeep::manifest {

// Another file named by `include:`.
struct Included {
    std::string path;  // as written
    Value value;
};

// What one file says, before others are merged in.
struct FileContent {
    std::vector<Included> includes;
    Manifest manifest;  // lists and single sections only
    std::optional<StartSettings> start;
    std::optional<SaveSettings> save;
    std::optional<BackupSettings> backups;
    std::optional<SnapshotSettings> snapshot;
};

// Reads the sections of a parsed file; `content.includes` refers to its tree.
[[nodiscard]] FileContent read_content(Reader& reader, const Parsed& parsed);

}  // namespace envkeep::manifest

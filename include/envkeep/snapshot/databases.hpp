// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/core/time.hpp"
#include "envkeep/snapshot/layer.hpp"
#include "envkeep/snapshot/roots.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace envkeep::snapshot {

// A database of SQLite with changes that lie beside its file still ("-wal", "-journal"): read at
// two moments, both together may be what it never was.
struct OpenDatabase {
    std::string path;                  // of its file, which may be the image's and in no layer
    std::vector<std::size_t> entries;  // of Layer::entries: what of it is in the layer
    std::vector<std::string> paths;    // its file and what lies beside it
};

[[nodiscard]] std::vector<OpenDatabase> open_databases(const Layer& layer,
                                                       const Roots& roots,
                                                       system::FileReader& files);

// Whether something wrote to it, or took something of it away, since the layer was looked for. To
// be asked when its files were read.
[[nodiscard]] bool is_written_to(const OpenDatabase& database,
                                 WallTime looked_for,
                                 const Roots& roots,
                                 system::FileReader& files);

// By its first bytes.
[[nodiscard]] bool is_database(const std::string& path,
                               const Roots& roots,
                               system::FileReader& files);

}  // namespace envkeep::snapshot

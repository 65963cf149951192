// SPDX-License-Identifier: MIT
#pragma once

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
    std::vector<system::Status> seen;  // of these
};

// To be asked before the files of the layer are read.
[[nodiscard]] std::vector<OpenDatabase> open_databases(const Layer& layer,
                                                       const Roots& roots,
                                                       system::FileReader& files);

// To be asked when they were read: whether something wrote to it since.
[[nodiscard]] bool is_written_to(const OpenDatabase& database,
                                 const Roots& roots,
                                 system::FileReader& files);

// By its first bytes.
[[nodiscard]] bool is_database(const std::string& path,
                               const Roots& roots,
                               system::FileReader& files);

}  // namespace envkeep::snapshot

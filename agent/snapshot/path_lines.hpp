// SPDX-License-Identifier: MIT
#pragma once

#include "snapshot/lines.hpp"

#include <string>
#include <string_view>

// Sorted paths as lines `: FOLDER`, each followed by what is in the folder by name only.
namespace envkeep::snapshot {

class PathWriter {
  public:
    // The name that the path's own line ends with; before it comes the folder's line, if it is
    // another folder than the last.
    [[nodiscard]] std::string_view name_of(std::string& out, const std::string& path);

  private:
    std::string folder_;
};

// Reads them, and faults what does not sort, appears twice, climbs out, or lies below what is no
// folder.
class PathReader {
  public:
    // The rest of a line `: FOLDER`.
    void read_folder(Lines& lines);

    // The path whose name is the last field of the line.
    [[nodiscard]] std::string read(Lines& lines, bool is_folder);

  private:
    void check(Lines& lines, const std::string& path) const;

    std::string folder_;  // with a '/' at its end, unless it is the root
    std::string last_;
    bool is_last_a_folder_ = true;
    bool is_last_a_neighbour_ = false;  // it is in `folder_` too
};

}  // namespace envkeep::snapshot

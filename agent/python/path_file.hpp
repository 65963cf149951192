// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

namespace envkeep::python {

// A line of a .pth file that means something.
struct PathLine {
    unsigned number = 0;    // from 1 on
    std::string_view text;  // of a path without the space behind it
    bool is_code = false;

    friend bool operator==(const PathLine&, const PathLine&) = default;
};

// Comments, blank lines and what holds a NUL are left out (Lib/site.py, addpackage()).
[[nodiscard]] std::vector<PathLine> parse_path_file(std::string_view text);

}  // namespace envkeep::python

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/python/folders.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace envkeep::python {

// A name that an editable install maps to a folder or file of sources.
struct EditableName {
    std::string name;    // "mine", "space.part"
    std::string path;    // "/notebooks/mine/src/mine"
    std::string finder;  // the file that says so

    friend bool operator==(const EditableName&, const EditableName&) = default;
};

// The MAPPING of a finder that setuptools writes (PEP 660; setuptools/command/editable_wheel.py):
// a dictionary of plain strings in one line. Empty for anything else.
[[nodiscard]] std::vector<EditableName> parse_finder(std::string_view text);

// Those of all `__editable___*_finder.py` in a site folder. Python asks these finders last, so that
// whatever ModuleSearch finds wins against them.
[[nodiscard]] std::vector<EditableName> editable_names_in(Folders& folders,
                                                          const std::string& site);

}  // namespace envkeep::python

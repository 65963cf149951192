// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/python/module_path.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace envkeep::python {

// Whether a process is a notebook's kernel for Python.
[[nodiscard]] bool is_notebook(const Options& options);

// Turns the sys.path that such a process begins with into that of its cells. Newer launchers drop
// the working folder from the front, older ones only an empty text; then IPython
// puts "" before the first site-packages or dist-packages, or first if there is none.
void become_a_notebook(Folders& folders,
                       std::string_view module,
                       const Launch& launch,
                       std::vector<PathEntry>& entries);

}  // namespace envkeep::python

// SPDX-License-Identifier: MIT
#include "envkeep/gpu/python_facts.hpp"

#include <fmt/format.h>

namespace envkeep::gpu {

std::string NotebookPython::title() const {
    if (pid != 0) {
        return fmt::format("process {}", pid);
    }
    return kernels.empty() ? environment.program : "kernel " + kernels.front();
}

std::vector<const python::Distribution*> NotebookPython::all_of(std::string_view name) const {
    std::vector<const python::Distribution*> all;
    for (const python::Distribution& distribution : distributions) {
        if (distribution.name == name) {
            all.push_back(&distribution);
        }
    }
    return all;
}

}  // namespace envkeep::gpu

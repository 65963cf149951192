// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/facts.hpp"
#include "envkeep/model/finding.hpp"

#include <string_view>

// What keeps the loader from taking a library.
namespace envkeep::gpu {

// Its folder out of LD_LIBRARY_PATH, its Debian package removed where it lies in the system's
// folders ("libcudnn9*"), else the file out of the way.
[[nodiscard]] model::Fix out_of_the_way(const Facts& facts,
                                        const NotebookPython& notebook,
                                        const LoadedLibrary& library,
                                        std::string_view package);

// The same of one that the driver has, too.
[[nodiscard]] model::Fix out_of_the_way(const Facts& facts, const DriverLibrary& library);

}  // namespace envkeep::gpu

// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/system/machine.hpp"

#include <optional>
#include <string>
#include <vector>

namespace envkeep::python {

// A kernelspec as it was found.
struct KernelSpec {
    std::string folder;   // "/usr/local/share/jupyter/kernels/python3"
    std::string program;  // argv[0]; "python" and the like mean the server's own interpreter
    std::string prefix;   // "/usr/local", of the environment that the folder belongs to; or empty
};

// The kernelspecs named `python3`, the one that Jupyter would take first: JUPYTER_PATH, the user's,
// those of environments, the machine's (the environments first if JUPYTER_PREFER_ENV_PATH says so).
// The user's are looked for in `kept_home` too, unless it is empty.
[[nodiscard]] std::vector<KernelSpec> find_kernel_specs(const system::Machine& machine,
                                                        const std::string& home,
                                                        const std::string& kept_home);

// Absolute folders of PATH, in their order.
[[nodiscard]] std::vector<std::string> path_folders(const system::Machine& machine);

// Prefixes of environments that a container may have beside /usr and /usr/local, as far as they
// are there: CONDA_PREFIX, VIRTUAL_ENV, that of the `jupyter` on PATH, the usual conda folders.
[[nodiscard]] std::vector<std::string> environment_prefixes(const system::Machine& machine,
                                                            const std::string& home);

}  // namespace envkeep::python

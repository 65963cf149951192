// SPDX-License-Identifier: MIT
#include "envkeep/gpu/observe.hpp"

#include "gpu/library_search.hpp"
#include "gpu/observations.hpp"

namespace envkeep::gpu {

Facts observe(const system::Inspector& machine, const Surroundings& surroundings) {
    const std::vector<system::Mount>& mounts = surroundings.mounts;
    const NotebookProcesses processes = observe_notebook(machine);
    python::Folders folders(machine);
    Facts facts{.pci = observe_pci(machine),
                .driver = observe_driver(machine, mounts),
                .nodes = observe_nodes(machine),
                .container = observe_container(machine, mounts),
                .notebook = processes.notebook};
    const LibrarySearch search(machine, facts.notebook.variable("LD_LIBRARY_PATH"));
    facts.variable_folders = search.variable_folders();
    facts.has_glibc_loader = machine.real_path("/lib64/ld-linux-x86-64.so.2").has_value();
    facts.libcuda = observe_library(machine, mounts, search, "libcuda.so.1");
    facts.libnvidia_ml = observe_library(machine, mounts, search, "libnvidia-ml.so.1");
    facts.ptx_compiler = observe_library(machine, mounts, search, "libnvidia-ptxjitcompiler.so.1");
    facts.python = observe_python(folders, processes, surroundings);
    facts.shell_exports = observe_shell_files(machine, surroundings.home);
    facts.mps = observe_mps(machine, mounts, facts.notebook);
    facts.code_cache = observe_code_cache(machine, facts.notebook, surroundings.home);
    facts.resources = observe_resources(machine, facts.notebook, surroundings);
    return facts;
}

}  // namespace envkeep::gpu

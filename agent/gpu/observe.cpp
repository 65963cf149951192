// SPDX-License-Identifier: MIT
#include "envkeep/gpu/observe.hpp"

#include "envkeep/gpu/compat_data.hpp"
#include "gpu/copies.hpp"
#include "gpu/elf.hpp"
#include "gpu/framework_libraries.hpp"
#include "gpu/library_search.hpp"
#include "gpu/observations.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

namespace envkeep::gpu {
namespace {

// Kernels are many on some machines; the first is the one that counts.
constexpr std::size_t most_looked_into = 4;

// Which cards torch has code for, where no table tells it.
void read_targets(const system::Inspector& machine, std::vector<Framework>& frameworks) {
    const auto torch = std::ranges::find(frameworks, "torch", &Framework::name);
    if (torch != frameworks.end() && torch->has_cuda == true &&
        build_of(*torch, built_in_compat_data()) == nullptr) {
        std::vector<std::string> code =
            torch_targets(machine, torch->module.path + "/lib/libtorch_python.so");
        torch->code = code.empty() ? std::move(torch->code) : std::move(code);
    }
}

// By LD_LIBRARY_PATH, which is the same for most processes, and the process's folder where that
// counts.
using LibrarySearches = std::map<std::pair<std::string, std::string>, LibrarySearch>;

bool has_relative_part(std::string_view variable) {
    return !variable.empty() &&
           (!variable.starts_with('/') || variable.ends_with(':') || variable.ends_with(';') ||
            std::ranges::adjacent_find(variable, [](char one, char next) {
                return (one == ':' || one == ';') && next != '/';
            }) != variable.end());
}

const LibrarySearch& search_with(LibrarySearches& searches,
                                 const system::Inspector& machine,
                                 const std::string& variable,
                                 const std::string& working_folder) {
    const std::string folder = has_relative_part(variable) ? working_folder : std::string();
    return searches.try_emplace({variable, folder}, machine, variable, folder).first->second;
}

// What each notebook's process loads, and what it would compile with.
void look_into(PythonFacts& python,
               python::Folders& folders,
               LibrarySearches& searches,
               const Surroundings& surroundings,
               const std::vector<std::string>& preloaded) {
    std::size_t looked_into = 0;
    for (NotebookPython& notebook : python.notebooks) {
        if (++looked_into > most_looked_into && !surroundings.searches_all) {
            python.not_looked_into.push_back("libraries of " + notebook.title());
            continue;
        }
        if (surroundings.searches_all) {
            read_targets(folders.machine(), notebook.frameworks);
        }
        const auto value = notebook.launch.variables.find("LD_LIBRARY_PATH");
        const std::string variable =
            value == notebook.launch.variables.end() ? std::string() : value->second;
        const LibrarySearch& search =
            search_with(searches, folders.machine(), variable, notebook.launch.working_folder);
        LibraryContext context{.search = search, .folders = folders, .notebook = notebook};
        LibraryFacts libraries = observe_loaded_libraries(context, surroundings.mounts, preloaded);
        notebook.tools = observe_build_tools(search, folders, notebook);
        notebook.libraries = std::move(libraries);
    }
}

// Where no kernel runs yet Jupyter's default one counts, which its kernelspec may give variables.
void take_default_kernel(NotebookProcess& notebook, const PythonFacts& python) {
    if (notebook.what != "kernel" && !python.notebooks.empty() &&
        !python.notebooks.front().kernels.empty()) {
        notebook.variables = python.notebooks.front().launch.variables;
    }
}

// Links followed; empty where the notebook does not run, or imports none.
std::string torch_folder(const system::Inspector& machine, const Facts& facts) {
    const std::vector<NotebookPython>& notebooks = facts.python.notebooks;
    const Framework* const torch = notebooks.empty() || notebooks.front().pid == 0
                                       ? nullptr
                                       : notebooks.front().framework("torch");
    return torch == nullptr ? std::string()
                            : machine.real_path(torch->module.path).value_or(std::string());
}

}  // namespace

Facts observe(const system::Inspector& machine, const Surroundings& surroundings) {
    const std::vector<system::Mount>& mounts = surroundings.mounts;
    const NotebookProcesses processes = observe_notebook(machine);
    python::Folders folders(machine);
    Facts facts{.pci = observe_pci(machine),
                .driver = observe_driver(machine, mounts),
                .nodes = observe_nodes(machine),
                .container = observe_container(machine, mounts),
                .notebook = processes.notebook,
                .is_root = surroundings.uid == 0};
    facts.python = observe_python(folders, processes, surroundings);
    take_default_kernel(facts.notebook, facts.python);
    LibrarySearches searches;
    const LibrarySearch& search = search_with(
        searches, machine, facts.notebook.variable("LD_LIBRARY_PATH"), facts.notebook.folder);
    facts.variable_folders = search.variable_folders();
    // NixOS has glibc and its loader in /nix/store alone.
    facts.has_glibc_loader = machine.real_path("/lib64/ld-linux-x86-64.so.2").has_value() ||
                             machine.real_path("/etc/NIXOS").has_value();
    const std::optional<Version> kernel = facts.driver.version();
    facts.libcuda = observe_library(folders, mounts, search, kernel, "libcuda.so.1");
    facts.libnvidia_ml = observe_library(folders, mounts, search, kernel, "libnvidia-ml.so.1");
    facts.ptx_compiler =
        observe_library(folders, mounts, search, kernel, "libnvidia-ptxjitcompiler.so.1");
    find_owners(machine, std::array{&facts.libcuda, &facts.libnvidia_ml, &facts.ptx_compiler});
    facts.shell_exports = observe_shell_files(machine, surroundings.home);
    facts.mps = observe_mps(machine, mounts, facts.notebook);
    facts.code_cache =
        observe_code_cache(machine, facts.notebook, surroundings.home, surroundings.uid);
    look_into(facts.python, folders, searches, surroundings, facts.container.preloaded);
    facts.resources = observe_resources(machine,
                                        facts.notebook,
                                        surroundings,
                                        torch_folder(machine, facts),
                                        facts.nodes.has_any() || facts.nodes.has_dxg);
    return facts;
}

}  // namespace envkeep::gpu

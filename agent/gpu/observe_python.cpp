// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "gpu/observations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

namespace envkeep::gpu {
namespace {

constexpr std::size_t most_notebooks = 20;

// A process that was there before, or that envkeep itself is.
python::Launch launch_of(const NotebookProcess& process, const std::string& home) {
    python::Launch launch{.arguments = {},
                          .variables = process.variables,
                          .working_folder = process.folder.empty() ? home : process.folder,
                          .passwd_home = home};
    if (process.pid != 0 && !process.arguments.empty()) {
        launch.arguments.assign(process.arguments.begin() + 1, process.arguments.end());
    }
    return launch;
}

// What a process was started as: the path that tells a virtual environment.
std::string program_of(const system::Inspector& machine, const NotebookProcess& process) {
    const std::string first = process.arguments.empty() ? std::string() : process.arguments.front();
    return first.starts_with('/')
               ? first
               : machine.link_target("/proc/" + std::to_string(process.pid) + "/exe").value_or("");
}

std::optional<python::Server> server_of(python::Folders& folders,
                                        const NotebookProcesses& processes,
                                        const Surroundings& surroundings) {
    if (!processes.server) {
        return python::server_on_path(
            folders, launch_of(processes.notebook, surroundings.home), surroundings.uid);
    }
    const NotebookProcess& process = *processes.server;
    const std::string name = std::to_string(process.pid);
    const auto node = folders.machine().node("/proc/" + name);
    return python::Server{
        .environment = folders.environment_of(program_of(folders.machine(), process)),
        .launch = launch_of(process, surroundings.home),
        .uid = node && node->kind != system::Kind::absent ? node->uid : surroundings.uid,
        .because = "process " + name};
}

class EnvironmentCollector {
  public:
    EnvironmentCollector(python::Folders& folders, PythonFacts& facts)
        : folders_(folders), facts_(facts) {}

    void add(const std::string& kernel,
             std::int32_t pid,
             const std::string& program,
             python::Launch launch) {
        for (NotebookPython& known : facts_.notebooks) {
            if (known.environment.program == program &&
                known.launch.variables == launch.variables) {
                known.kernels.push_back(kernel);
                return;
            }
        }
        if (facts_.notebooks.size() == most_notebooks) {
            facts_.not_looked_into.push_back("kernel " + kernel);
            return;
        }
        NotebookPython notebook{.pid = pid,
                                .environment = folders_.environment_of(program),
                                .launch = std::move(launch)};
        if (!kernel.empty()) {
            notebook.kernels.push_back(kernel);
        }
        notebook.path = python::module_path(folders_, notebook.environment, notebook.launch);
        notebook.is_externally_managed =
            !notebook.environment.is_virtual() &&
            folders_.has_file(notebook.environment.library(), "EXTERNALLY-MANAGED");
        add_distributions(notebook);
        notebook.installer = observe_installer(folders_, notebook);
        notebook.frameworks = frameworks_of(folders_, notebook);
        look_into_modules(folders_, notebook, facts_.notebooks.empty());
        facts_.notebooks.push_back(std::move(notebook));
    }

  private:
    void add_distributions(NotebookPython& notebook) {
        std::set<std::string> seen;
        for (const python::PathEntry& entry : notebook.path.entries) {
            if (entry.kind == python::PathKind::standard_library ||
                entry.kind == python::PathKind::working_folder ||
                !seen.insert(entry.folder).second) {
                continue;
            }
            append(python::distributions_in(folders_, entry.folder), notebook);
            for (std::string& name : python::leftovers_in(folders_, entry.folder)) {
                notebook.leftovers.push_back(entry.folder + '/' + std::move(name));
            }
        }
        if (notebook.environment.build == python::Build::conda) {
            append(python::conda_distributions(folders_, notebook.environment.prefix), notebook);
        }
    }

    static void append(std::vector<python::Distribution> some, NotebookPython& notebook) {
        std::ranges::move(some, std::back_inserter(notebook.distributions));
    }

    python::Folders& folders_;
    PythonFacts& facts_;
};

// Jupyter's default first, then as they were found.
std::vector<const python::Kernel*> in_order(const std::vector<python::Kernel>& kernels) {
    std::vector<const python::Kernel*> order;
    for (const python::Kernel& kernel : kernels) {
        const bool is_python = kernel.language.empty() || kernel.language == "python";
        if (kernel.wins && kernel.is_readable && is_python && !kernel.program.empty()) {
            order.push_back(&kernel);
        }
    }
    std::stable_partition(order.begin(), order.end(), [](const python::Kernel* kernel) {
        return kernel->name == "python3";
    });
    return order;
}

// pyenv puts scripts on PATH, which start the version that a file names.
std::string behind_shim(const system::Inspector& machine, const std::string& program) {
    constexpr std::string_view shim = "/shims/python3";
    if (!program.ends_with(shim)) {
        return program;
    }
    const std::string root = program.substr(0, program.size() - shim.size());
    const std::string versions = machine.read(root + "/version", 4096).value_or(std::string());
    const std::string_view first =
        trimmed(std::string_view(versions).substr(0, versions.find('\n')));
    return first.empty() ? program : fmt::format("{}/versions/{}/bin/python3", root, first);
}

// The first python3 that a shell would start.
std::string python_on_path(python::Folders& folders, const std::string& path) {
    const system::Inspector& machine = folders.machine();
    for (const std::string_view folder : split(path, ':')) {
        const std::string program = behind_shim(machine, fmt::format("{}/python3", folder));
        const auto node = machine.node(program);
        const bool is_program = folder.starts_with('/') && node && node->kind == system::Kind::file;
        if (is_program && !folders.environment_of(program).version.empty()) {
            return program;
        }
    }
    return {};
}

python::FoundEnvironments environments_of(python::Folders& folders,
                                          const NotebookProcess& notebook,
                                          const Surroundings& surroundings,
                                          const PythonFacts& facts) {
    python::EnvironmentSearch search{.path = notebook.variable("PATH"), .home = surroundings.home};
    for (const NotebookPython& one : facts.notebooks) {
        search.programs.push_back({.path = one.environment.program, .because = one.title()});
    }
    if (facts.server) {
        search.programs.push_back(
            {.path = facts.server->environment.program, .because = facts.server->because});
    }
    constexpr std::array roots{"CONDA_PREFIX", "MAMBA_ROOT_PREFIX", "PYENV_ROOT"};
    for (const std::string_view root : roots) {
        if (notebook.has(root)) {
            search.roots.push_back(notebook.variable(root));
        }
    }
    if (notebook.folder != "/" && notebook.folder != surroundings.home) {
        search.work_folders.push_back(notebook.folder);
    }
    search.more = surroundings.search;
    if (surroundings.searches_all) {
        search.levels = 5;
        search.most_folders = 20000;
        search.more.insert(search.more.end(), {surroundings.home, surroundings.store});
    }
    return python::find_environments(folders, search);
}

}  // namespace

PythonFacts observe_python(python::Folders& folders,
                           const NotebookProcesses& processes,
                           const Surroundings& surroundings) {
    PythonFacts facts{.server = server_of(folders, processes, surroundings)};
    const NotebookProcess& notebook = processes.notebook;
    EnvironmentCollector collector(folders, facts);
    if (notebook.what == "kernel") {
        collector.add({},
                      notebook.pid,
                      program_of(folders.machine(), notebook),
                      launch_of(notebook, surroundings.home));
    }
    if (facts.server) {
        facts.kernels = python::find_kernels(folders, *facts.server);
        for (python::Kernel& kernel : facts.kernels) {
            std::erase_if(kernel.variables, [](const auto& one) { return !matters(one.first); });
            for (auto& [name, value] : kernel.variables) {
                value = told_value(std::move(value));
            }
        }
        for (const python::Kernel* const kernel : in_order(facts.kernels)) {
            python::Launch launch =
                python::launch_of(*kernel, *facts.server, facts.server->launch.working_folder);
            collector.add(kernel->name, 0, kernel->program, std::move(launch));
        }
    }
    const std::string shells = python_on_path(folders, notebook.variable("PATH"));
    if (facts.notebooks.empty() && !shells.empty()) {
        collector.add({}, 0, shells, launch_of(notebook, surroundings.home));
    }
    facts.environments = environments_of(folders, notebook, surroundings, facts);
    facts.searched_all = surroundings.searches_all;
    if (!shells.empty()) {
        facts.terminal.python = folders.environment_of(shells);
    }
    observe_left(folders, notebook, surroundings.home, facts);
    return facts;
}

}  // namespace envkeep::gpu

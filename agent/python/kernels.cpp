// SPDX-License-Identifier: MIT
#include "envkeep/python/kernels.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/python/module_path.hpp"
#include "envkeep/python/modules.hpp"
#include "envkeep/python/scripts.hpp"
#include "python/jupyter_rules.hpp"
#include "python/on_path.hpp"
#include "python/paths.hpp"
#include "python/wishes.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

namespace envkeep::python {
namespace {

constexpr std::uint64_t largest_kernel_file = 1U << 20U;
constexpr std::size_t most_kernels = 1000;
constexpr std::string_view native = "python3";

std::optional<std::string> set_variable(const Launch& launch, const std::string& name) {
    const auto found = launch.variables.find(name);
    return found == launch.variables.end() ? std::nullopt : std::optional(found->second);
}

std::string home_of(const Launch& launch) {
    return set_variable(launch, "HOME").value_or(launch.passwd_home);
}

// jupyter_data_dir(), then the user site's; a relative one is not followed.
std::vector<std::string> users_folders(const Server& server) {
    const std::string own = variable(server.launch, "JUPYTER_DATA_DIR");
    const std::string shared = variable(server.launch, "XDG_DATA_HOME");
    std::vector<std::string> folders;
    if (!own.empty()) {
        folders.push_back(own);
    } else {
        folders.push_back((shared.empty() ? home_of(server.launch) + "/.local/share" : shared) +
                          "/jupyter");
    }
    if (uses_user_site(server.environment, server.launch)) {
        // USERBASE/lib/pythonX.Y/site-packages
        const std::string site = user_site_of(server.environment, server.launch);
        const std::string base = parent_of(parent_of(parent_of(site)));
        folders.push_back(base + std::string(jupyter_data));
    }
    return folders;
}

// prefer_environment_over_user()
bool prefers_environment(const system::Inspector& machine, const Server& server) {
    const auto wish = set_variable(server.launch, "JUPYTER_PREFER_ENV_PATH");
    if (wish) {
        return is_yes(wish);
    }
    const std::string& prefix = server.environment.prefix;
    const auto is_owner = [&] {
        const auto node = machine.node(prefix);
        return node && node->kind != system::Kind::absent && node->uid == server.uid;
    };
    if (prefix != server.environment.base_prefix) {
        return is_owner();
    }
    const auto conda = set_variable(server.launch, "CONDA_PREFIX");
    const std::string name =
        set_variable(server.launch, "CONDA_DEFAULT_ENV").value_or(std::string("base"));
    return conda && prefix.starts_with(*conda) && name != "base" && is_owner();
}

bool is_system(std::string_view folder) {
    return folder == "/usr/local/share/jupyter" || folder == "/usr/share/jupyter";
}

// format_kernel_cmd(), then execvpe(3).
void find_program(const system::Inspector& machine, const Server& server, Kernel& kernel) {
    std::string first = kernel.arguments.front();
    if (is_servers_own(first, server.environment.version) && !server.environment.program.empty()) {
        kernel.is_servers_own = true;
        kernel.program = server.environment.program;
        return;
    }
    first = replaced(std::move(first), "{resource_dir}", kernel.folder);
    first = replaced(std::move(first), "{prefix}", server.environment.prefix);
    if (first.find('/') != std::string::npos) {
        kernel.program = absolute(server.launch.working_folder, first);
    } else {
        const Launch launch = launch_of(kernel, server, server.launch.working_folder);
        kernel.program = on_path(machine, variable(launch, "PATH"), first).value_or("");
    }
}

Kernel read_kernel(const system::Inspector& machine,
                   const Server& server,
                   const std::string& folder) {
    Kernel kernel{.name = lower_case(name_of(folder)), .folder = folder};
    const auto text = machine.read(folder + "/kernel.json", largest_kernel_file);
    auto said = text ? parse_kernel(*text) : std::nullopt;
    if (!said) {
        kernel.is_readable = false;
        return kernel;
    }
    kernel.arguments = std::move(said->arguments);
    kernel.variables = std::move(said->variables);
    kernel.display_name = std::move(said->display_name);
    kernel.language = std::move(said->language);
    find_program(machine, server, kernel);
    return kernel;
}

// ipykernel's own, if the server can import that.
std::optional<Kernel> native_kernel(Folders& folders, const Server& server) {
    std::vector<std::string> path;
    for (PathEntry& entry : module_path(folders, server.environment, server.launch).entries) {
        path.push_back(std::move(entry.folder));
    }
    if (ModuleSearch(folders, server.environment).find(path, "ipykernel.kernelspec").empty()) {
        return std::nullopt;
    }
    return Kernel{.name = std::string(native),
                  .folder = {},
                  .display_name = "Python 3 (ipykernel)",
                  .language = "python",
                  .arguments = {server.environment.program,
                                "-m",
                                "ipykernel_launcher",
                                "-f",
                                "{connection_file}"},
                  .variables = {},
                  .program = server.environment.program,
                  .is_native = true};
}

}  // namespace

std::optional<Server> server_on_path(Folders& folders, const Launch& launch, std::uint32_t uid) {
    const system::Inspector& machine = folders.machine();
    const std::string path = variable(launch, "PATH");
    for (const std::string_view name : {"jupyter-lab", "jupyter-notebook", "jupyter"}) {
        const auto program = on_path(machine, path, name);
        const auto script = program ? script_at(machine, *program) : std::nullopt;
        if (!script) {
            continue;
        }
        const std::string& interpreter = script->shebang.interpreter;
        const auto found = interpreter.starts_with('/') ? std::optional(interpreter)
                                                        : on_path(machine, path, interpreter);
        if (found) {
            return Server{.environment = folders.environment_of(*found),
                          .launch = launch,
                          .uid = uid,
                          .because = *program};
        }
    }
    return std::nullopt;
}

std::vector<std::string> kernel_folders(const system::Inspector& machine, const Server& server) {
    std::vector<std::string> folders;
    const std::string listed = variable(server.launch, "JUPYTER_PATH");
    for (const std::string_view path :
         listed.empty() ? std::vector<std::string_view>{} : split(listed, ':')) {
        folders.emplace_back(path);
    }
    std::vector<std::string> first = users_folders(server);
    std::vector<std::string> second;
    if (std::string own = server.environment.prefix + std::string(jupyter_data);
        !server.environment.prefix.empty() && !is_system(own)) {
        second.push_back(std::move(own));
    }
    if (prefers_environment(machine, server)) {
        first.swap(second);
    }
    folders.insert(folders.end(), first.begin(), first.end());
    folders.insert(folders.end(), second.begin(), second.end());
    folders.insert(folders.end(), {"/usr/local/share/jupyter", "/usr/share/jupyter"});
    for (std::string& folder : folders) {
        folder = absolute(server.launch.working_folder, folder + "/kernels");
    }
    const std::string ipython = variable(server.launch, "IPYTHONDIR");
    folders.push_back((ipython.empty() ? home_of(server.launch) + "/.ipython" : ipython) +
                      "/kernels");
    std::vector<std::string> each;
    for (std::string& folder : folders) {
        if (std::ranges::find(each, folder) == each.end()) {
            each.push_back(std::move(folder));
        }
    }
    return each;
}

std::vector<Kernel> find_kernels(Folders& folders, const Server& server) {
    std::vector<Kernel> kernels;
    std::set<std::string> names;
    for (const std::string& folder : kernel_folders(folders.machine(), server)) {
        for (const system::Entry& entry : folders.in(folder)) {
            const std::string path = joined(folder, entry.name);
            if (kernels.size() < most_kernels &&
                is_file(folders.machine(), path + "/kernel.json")) {
                kernels.push_back(read_kernel(folders.machine(), server, path));
                kernels.back().wins = names.insert(kernels.back().name).second;
            }
        }
    }
    if (!names.contains(std::string(native))) {
        if (auto own = native_kernel(folders, server)) {
            own->wins = true;
            kernels.push_back(*std::move(own));
        }
    }
    return kernels;
}

Launch launch_of(const Kernel& kernel, const Server& server, const std::string& notebook_folder) {
    Launch launch = server.launch;
    launch.working_folder = notebook_folder;
    launch.arguments.clear();
    if (!kernel.arguments.empty()) {
        launch.arguments.assign(kernel.arguments.begin() + 1, kernel.arguments.end());
    }
    launch.variables.erase("PYTHONEXECUTABLE");
    for (const auto& [name, value] : kernel.variables) {
        launch.variables[name] = substituted(value, server.launch.variables);
    }
    return launch;
}

}  // namespace envkeep::python

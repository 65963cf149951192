// SPDX-License-Identifier: MIT
#include "python/kernel_spec.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/python/find_environments.hpp"
#include "python/jupyter_rules.hpp"
#include "python/paths.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace envkeep::python {
namespace {

constexpr std::uint64_t largest_spec = 1U << 20U;

// A folder of Jupyter data and the prefix of the environment it belongs to, if it does.
struct DataFolder {
    std::string path;
    std::string prefix;
};

void add_new(std::vector<std::string>& paths, std::string path) {
    if (std::ranges::find(paths, path) == paths.end()) {
        paths.push_back(std::move(path));
    }
}

bool is_absolute(std::string_view path) {
    return path.starts_with('/');
}

std::vector<DataFolder> users_folders(const system::Machine& machine,
                                      const std::string& home,
                                      const std::string& kept_home) {
    const std::string own = machine.variable("JUPYTER_DATA_DIR").value_or("");
    if (is_absolute(own)) {
        return {{.path = own, .prefix = {}}};
    }
    std::vector<DataFolder> folders{{.path = home + "/.local/share/jupyter", .prefix = {}}};
    if (!kept_home.empty()) {
        folders.push_back({.path = kept_home + "/.local/share/jupyter", .prefix = {}});
    }
    return folders;
}

std::vector<DataFolder> data_folders(const system::Machine& machine,
                                     const std::string& home,
                                     const std::string& kept_home) {
    std::vector<DataFolder> folders;
    const std::string listed = machine.variable("JUPYTER_PATH").value_or("");
    for (const std::string_view path : split(listed, ':')) {
        if (is_absolute(path)) {
            folders.push_back({.path = std::string(path), .prefix = {}});
        }
    }
    std::vector<DataFolder> first = users_folders(machine, home, kept_home);
    std::vector<DataFolder> second;
    for (const std::string& prefix : environment_prefixes(machine, home)) {
        second.push_back({.path = prefix + std::string(jupyter_data), .prefix = prefix});
    }
    if (is_yes(machine.variable("JUPYTER_PREFER_ENV_PATH"))) {
        first.swap(second);
    }
    folders.insert(folders.end(), first.begin(), first.end());
    folders.insert(folders.end(), second.begin(), second.end());
    for (const std::string_view prefix : {"/usr/local", "/usr"}) {
        folders.push_back({.path = std::string(prefix) + std::string(jupyter_data),
                           .prefix = std::string(prefix)});
    }
    return folders;
}

}  // namespace

std::vector<std::string> path_folders(const system::Machine& machine) {
    return absolute_folders(machine.variable("PATH").value_or(""));
}

std::vector<std::string> environment_prefixes(const system::Machine& machine,
                                              const std::string& home) {
    std::vector<std::string> prefixes;
    const auto add = [&](const std::string& prefix) {
        if (is_absolute(prefix) && prefix != "/usr" && prefix != "/usr/local" &&
            machine.exists(prefix + std::string(jupyter_data))) {
            add_new(prefixes, prefix);
        }
    };
    for (const std::string& folder : path_folders(machine)) {
        if (folder.ends_with("/bin") && machine.exists(folder + "/jupyter")) {
            add(parent_of(folder));
            break;
        }
    }
    add(machine.variable("VIRTUAL_ENV").value_or(""));
    add(machine.variable("CONDA_PREFIX").value_or(""));
    for (const std::string_view name : conda_folders) {
        add("/opt/" + std::string(name));
        add(home + "/" + std::string(name));
    }
    return prefixes;
}

std::vector<KernelSpec> find_kernel_specs(const system::Machine& machine,
                                          const std::string& home,
                                          const std::string& kept_home) {
    std::vector<KernelSpec> specs;
    for (DataFolder& folder : data_folders(machine, home, kept_home)) {
        const std::string spec = folder.path + "/kernels/python3";
        const auto text = machine.read_fact(spec + "/kernel.json", largest_spec);
        if (!text) {
            continue;
        }
        if (auto kernel = parse_kernel(*text)) {
            specs.push_back({.folder = spec,
                             .program = std::move(kernel->arguments.front()),
                             .prefix = std::move(folder.prefix)});
        }
    }
    return specs;
}

}  // namespace envkeep::python

// SPDX-License-Identifier: MIT
#include "envkeep/core/secrets.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/python/launch.hpp"
#include "gpu/observations.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <utility>

namespace envkeep::gpu {
namespace {

constexpr std::uint64_t largest_environ = std::uint64_t{2} << 20U;
constexpr std::uint64_t largest_command = 64U << 10U;

constexpr std::array<std::string_view, 14> families{"BNB_",
                                                    "COMPUTE_",
                                                    "CONDA_",
                                                    "CUDA_",
                                                    "JAX_",
                                                    "NCCL_",
                                                    "NSIGHT_",
                                                    "NVIDIA_",
                                                    "PYTHON",
                                                    "PYTORCH_",
                                                    "TF_",
                                                    "TORCH_",
                                                    "TRITON_",
                                                    "XLA_"};
constexpr std::array<std::string_view, 18> names{"CC",
                                                 "CXX",
                                                 "HOME",
                                                 "IPYTHONDIR",
                                                 "JUPYTER_CONFIG_DIR",
                                                 "JUPYTER_DATA_DIR",
                                                 "JUPYTER_PATH",
                                                 "JUPYTER_PREFER_ENV_PATH",
                                                 "LD_LIBRARY_PATH",
                                                 "LD_PRELOAD",
                                                 "LIBRARY_PATH",
                                                 "MAMBA_ROOT_PREFIX",
                                                 "NVCC_CCBIN",
                                                 "PATH",
                                                 "PYENV_ROOT",
                                                 "TMPDIR",
                                                 "VIRTUAL_ENV",
                                                 "XDG_DATA_HOME"};

}  // namespace

bool matters(std::string_view name) {
    // Terraform's, which hold whatever its user put there.
    const bool is_terraforms = name.starts_with("TF_VAR_") || name.starts_with("TF_CLI_");
    const bool is_named = std::ranges::find(names, name) != names.end() ||
                          std::ranges::any_of(families, [&](std::string_view family) {
                              return name.starts_with(family);
                          });
    return is_named && !is_terraforms && !is_secret_name(name);
}

std::string told_value(std::string value) {
    return value.find("://") == std::string::npos ? value : masked(value);
}

namespace {

std::string_view name_in(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

// By the name of what runs; elsewhere in a command it may be that of a log or a document.
bool is_server(std::string_view name) {
    constexpr std::array<std::string_view, 6> servers{"jupyter-lab",
                                                      "jupyter-labhub",
                                                      "jupyter-nbclassic",
                                                      "jupyter-notebook",
                                                      "jupyter-server",
                                                      "jupyterhub-singleuser"};
    return std::ranges::find(servers, name) != servers.end();
}

std::map<std::string, std::string> those_that_matter(std::map<std::string, std::string> all) {
    std::erase_if(all, [](const auto& one) { return !matters(one.first); });
    for (auto& [name, value] : all) {
        value = told_value(std::move(value));
    }
    return all;
}

}  // namespace

Role role_of(std::string_view command) {
    const std::vector<std::string_view> words = split(command, '\0');
    for (std::size_t i = 1; i < words.size(); ++i) {
        const bool is_module = words[i - 1] == "-m";
        if (is_module && (words[i] == "ipykernel_launcher" || words[i] == "ipykernel" ||
                          words[i] == "colab_kernel_launcher")) {
            return Role::kernel;
        }
        if (is_module &&
            (words[i] == "jupyterlab" || words[i] == "notebook" || words[i] == "jupyter_server")) {
            return Role::server;
        }
    }
    const std::string_view first = name_in(words.front());
    if (!first.starts_with("python")) {
        return is_server(first) ? Role::server : Role::none;
    }
    const python::Options options = python::options_of({words.begin() + 1, words.end()});
    const bool is_script = options.start == python::Start::script;
    return is_script && is_server(name_in(options.subject)) ? Role::server : Role::none;
}

std::optional<std::uint64_t> number_in(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
}

std::int32_t kernel_that_forked(const system::Inspector& machine,
                                std::int32_t pid,
                                const std::string& command) {
    if (role_of(command) != Role::kernel) {
        return 0;
    }
    const std::string stat = machine.read("/proc/" + std::to_string(pid) + "/stat", largest_command)
                                 .value_or(std::string());
    // "12 (python3) S 1 ...": the name may hold any byte but ends at the last parenthesis.
    const std::size_t close = stat.rfind(") ");
    const std::string_view rest = close == std::string::npos || close + 4 > stat.size()
                                      ? std::string_view()
                                      : std::string_view(stat).substr(close + 4);
    const auto parent = number_in(rest.substr(0, rest.find(' '))).value_or(0);
    const auto its_command =
        machine.read("/proc/" + std::to_string(parent) + "/cmdline", largest_command);
    return its_command && *its_command == command ? static_cast<std::int32_t>(parent) : 0;
}

NotebookProcesses observe_notebook(const system::Inspector& machine) {
    NotebookProcesses found;
    NotebookProcess& best = found.notebook;
    for (const system::Entry& entry : machine.list("/proc")) {
        const std::optional<std::uint64_t> number = number_in(entry.name);
        if (!number) {
            continue;
        }
        const auto pid = static_cast<std::int32_t>(*number);
        const std::string folder = "/proc/" + entry.name;
        const std::string command =
            machine.read(folder + "/cmdline", largest_command).value_or(std::string());
        const Role role = role_of(command);
        // The youngest kernel is the one that its user is looking at; of servers the first.
        const bool is_wanted = role == Role::kernel
                                   ? (best.what.empty() || pid > best.pid) &&
                                         kernel_that_forked(machine, pid, command) == 0
                                   : role == Role::server && !found.server;
        const Result<std::string> environ =
            is_wanted ? machine.read(folder + "/environ", largest_environ)
                      : Result<std::string>(failure(ErrorKind::not_found, {}));
        if (!environ) {
            continue;
        }
        NotebookProcess process{
            .pid = pid,
            .what = role == Role::kernel ? "kernel" : "server",
            .variables = those_that_matter(variables_in(*environ)),
            .folder = machine.link_target(folder + "/cwd").value_or(std::string())};
        const std::string_view words(command.c_str(), command.find_last_not_of('\0') + 1);
        for (const std::string_view word : split(words, '\0')) {
            process.arguments.emplace_back(word);
        }
        if (role == Role::kernel) {
            best = std::move(process);
        } else {
            found.server = std::move(process);
        }
    }
    if (best.what.empty() && found.server) {
        best = *found.server;
    }
    if (best.what.empty()) {
        best.what = "this shell";
        best.variables = those_that_matter(variables_in(
            machine.read("/proc/self/environ", largest_environ).value_or(std::string())));
        best.folder = machine.link_target("/proc/self/cwd").value_or(std::string());
    }
    return found;
}

}  // namespace envkeep::gpu

// SPDX-License-Identifier: MIT
#include "envkeep/core/json.hpp"
#include "envkeep/core/text.hpp"
#include "gpu/library_search.hpp"
#include "gpu/observations.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace envkeep::gpu {
namespace {

constexpr std::uint64_t largest_text = 64U << 10U;

bool is_file(const system::Inspector& machine, const std::string& path) {
    const auto node = machine.node(path);
    return node && node->kind == system::Kind::file;
}

bool is_folder(const system::Inspector& machine, const std::string& path) {
    const auto node = machine.node(path);
    return node && node->kind == system::Kind::folder;
}

std::string variable(const NotebookPython& notebook, const std::string& name) {
    const auto found = notebook.launch.variables.find(name);
    return found == notebook.launch.variables.end() ? std::string() : found->second;
}

// The first on the notebook's PATH; empty if there is none.
std::string on_path(const system::Inspector& machine,
                    const NotebookPython& notebook,
                    std::string_view program) {
    const std::string path = variable(notebook, "PATH");
    for (const std::string_view folder : split(path, ':')) {
        std::string file = std::string(folder) + '/' + std::string(program);
        if (folder.starts_with('/') && is_file(machine, file)) {
            return file;
        }
    }
    return {};
}

// As torch/utils/cpp_extension.py, _find_cuda_home().
void find_cuda_home(const system::Inspector& machine,
                    const NotebookPython& notebook,
                    BuildTools& tools) {
    for (const std::string_view name : {"CUDA_HOME", "CUDA_PATH"}) {
        tools.cuda_home = variable(notebook, std::string(name));
        if (!tools.cuda_home.empty()) {
            tools.because = name;
            return;
        }
    }
    tools.because = on_path(machine, notebook, "nvcc");
    if (!tools.because.empty()) {
        const std::string folder = tools.because.substr(0, tools.because.rfind('/'));
        tools.cuda_home = folder.substr(0, folder.rfind('/'));
        return;
    }
    // A link that leads nowhere is told too.
    if (is_folder(machine, "/usr/local/cuda") || machine.link_target("/usr/local/cuda")) {
        tools.cuda_home = "/usr/local/cuda";
        tools.because = tools.cuda_home;
    }
}

// version.json since CUDA 11.1, version.txt before it, else the folder's name.
std::string version_of_toolkit(const system::Inspector& machine, const std::string& home) {
    if (const auto text = machine.read(home + "/version.json", largest_text)) {
        const auto json = Json::parse(*text);
        const Json* const cuda = json ? json->find("cuda") : nullptr;
        if (cuda != nullptr) {
            return cuda->text_or("version", "");
        }
    }
    const std::string text =
        machine.read(home + "/version.txt", largest_text).value_or(std::string());
    constexpr std::string_view before = "CUDA Version ";
    if (const std::size_t at = text.find(before); at != std::string::npos) {
        return std::string(trimmed(std::string_view(text).substr(at + before.size())));
    }
    const std::string real = machine.real_path(home).value_or(home);
    const std::size_t name = real.rfind("/cuda-");
    return name == std::string::npos ? std::string() : real.substr(name + 6);
}

// `#if __GNUC__ > 12`, before "unsupported GNU version".
std::optional<unsigned> newest_gcc(const system::Inspector& machine, const std::string& home) {
    for (const std::string_view below : {"/include/crt/host_config.h", "/include/host_config.h"}) {
        const std::string text =
            machine.read(home + std::string(below), largest_text).value_or(std::string());
        const std::size_t message = text.find("unsupported GNU version");
        constexpr std::string_view condition = "__GNUC__ > ";
        const std::size_t at =
            message == std::string::npos ? message : text.rfind(condition, message);
        if (at != std::string::npos) {
            const auto limit = Version::parse(std::string_view(text).substr(at + condition.size()));
            return limit ? std::optional(limit->major()) : std::nullopt;
        }
    }
    return std::nullopt;
}

// Debian's gcc is a link to gcc-12, others' name no version: the folder of its own files does.
std::optional<unsigned> version_of_gcc(const system::Inspector& machine, const std::string& gcc) {
    const std::string real = machine.real_path(gcc).value_or(std::string());
    const std::size_t dash = real.rfind("gcc-");
    if (dash != std::string::npos) {
        if (const auto version = Version::parse(std::string_view(real).substr(dash + 4))) {
            return version->major();
        }
    }
    std::optional<unsigned> newest;
    const std::string prefix = gcc.substr(0, std::min(gcc.rfind("/bin/"), gcc.size()));
    for (const std::string_view kind : {"x86_64-linux-gnu", "x86_64-redhat-linux"}) {
        for (const system::Entry& entry : machine.list(prefix + "/lib/gcc/" + std::string(kind))) {
            if (const auto version = Version::parse(entry.name)) {
                newest = std::max(newest.value_or(0), version->major());
            }
        }
    }
    return newest;
}

// Where XLA looks: XLA_FLAGS, the toolkit, the package of nvcc, the conda environment, and what
// jaxlib's plugin brings.
std::string find_libdevice(const system::Inspector& machine,
                           const NotebookPython& notebook,
                           const std::string& home) {
    std::vector<std::string> roots{home, "/usr/local/cuda", "/opt/cuda"};
    const std::string flags = variable(notebook, "XLA_FLAGS");
    for (const std::string_view flag : split(flags, ' ')) {
        constexpr std::string_view option = "--xla_gpu_cuda_data_dir=";
        if (flag.starts_with(option)) {
            roots.emplace_back(flag.substr(option.size()));
        }
    }
    for (const python::PathEntry& entry : notebook.path.entries) {
        for (const std::string_view below : {"/nvidia/cuda_nvcc",
                                             "/nvidia/cu13",
                                             "/jax_plugins/xla_cuda12/cuda",
                                             "/jax_plugins/xla_cuda13/cuda",
                                             "/jax_cuda12_plugin/cuda",
                                             "/jax_cuda13_plugin/cuda",
                                             "/jaxlib/cuda"}) {
            roots.push_back(entry.folder + std::string(below));
        }
    }
    roots.push_back(notebook.environment.prefix);
    for (const std::string& root : roots) {
        std::string file = root + "/nvvm/libdevice/libdevice.10.bc";
        if (!root.empty() && is_file(machine, file)) {
            return file;
        }
    }
    return {};
}

// The code of a triton that compiles with `-lcuda`, as old ones do; empty where it links with
// libcuda.so.1 or is not known.
std::string code_of_linking_triton(const system::Inspector& machine,
                                   const NotebookPython& notebook) {
    const Framework* const triton = notebook.framework("triton");
    for (const std::string_view below : {"/common/build.py", "/backends/nvidia/driver.py"}) {
        std::string text =
            triton == nullptr
                ? std::string()
                : machine.read(triton->module.path + std::string(below), 2 * largest_text)
                      .value_or(std::string());
        if (text.find("\"-lcuda\"") != std::string::npos ||
            text.find("libraries = ['cuda']") != std::string::npos) {
            return text;
        }
    }
    return {};
}

std::string unlinked_libcuda(const LibrarySearch& search,
                             const NotebookPython& notebook,
                             const BuildTools& tools) {
    const system::Inspector& machine = search.machine();
    const std::string code = code_of_linking_triton(machine, notebook);
    std::vector<std::string> folders{variable(notebook, "TRITON_LIBCUDA_PATH")};
    if (folders.front().empty()) {
        folders.clear();
        for (const std::string_view soname : {"libcuda.so.1", "libcuda.so"}) {
            if (const auto cached = search.in_cache(std::string(soname))) {
                folders.emplace_back(folder_of(*cached));
            }
        }
        if (folders.empty() && tools.is_libcuda_on_path) {
            folders = search.variable_folders();
        }
    }
    const auto has = [&](std::string_view name) {
        return [&machine, name](const std::string& folder) {
            return is_file(machine, folder + '/' + std::string(name));
        };
    };
    const auto here = std::ranges::find_if(folders, has("libcuda.so.1"));
    if (code.empty() || here == folders.end()) {
        return {};
    }
    const std::string folder = *here;
    // Some look for the link themselves, in those folders alone; else the linker finds it.
    if (code.find("path, 'libcuda.so')") == std::string::npos) {
        const std::string more = variable(notebook, "LIBRARY_PATH");
        for (const std::string_view one : split(more, ':')) {
            folders.emplace_back(one);
        }
        folders.insert(folders.end(),
                       {"/lib/x86_64-linux-gnu",
                        "/usr/lib/x86_64-linux-gnu",
                        "/usr/local/lib",
                        "/lib64",
                        "/usr/lib64",
                        "/lib",
                        "/usr/lib"});
    }
    return std::ranges::any_of(folders, has("libcuda.so")) ? std::string() : folder;
}

}  // namespace

BuildTools observe_build_tools(const LibrarySearch& search,
                               python::Folders& folders,
                               const NotebookPython& notebook) {
    const system::Inspector& machine = folders.machine();
    BuildTools tools;
    find_cuda_home(machine, notebook, tools);
    if (!tools.cuda_home.empty()) {
        tools.has_home = is_folder(machine, tools.cuda_home);
        tools.has_nvcc = is_file(machine, tools.cuda_home + "/bin/nvcc");
        tools.cuda = version_of_toolkit(machine, tools.cuda_home);
        tools.newest_gcc = newest_gcc(machine, tools.cuda_home);
    }
    tools.libdevice = find_libdevice(machine, notebook, tools.cuda_home);
    tools.c_compiler = variable(notebook, "CC");
    for (const std::string_view name : {"gcc", "clang", "cc"}) {
        if (tools.c_compiler.empty()) {
            tools.c_compiler = on_path(machine, notebook, name);
        }
    }
    if (const std::string gcc = on_path(machine, notebook, "gcc"); !gcc.empty()) {
        tools.gcc = version_of_gcc(machine, gcc);
    }
    const python::Environment& environment = notebook.environment;
    tools.has_python_headers = is_file(
        machine, environment.base_prefix + "/include/" + environment.library_name() + "/Python.h");
    tools.knows_loader_cache = search.knows_cache();
    tools.cached_libcuda = search.in_cache("libcuda.so.1").value_or(std::string());
    tools.is_libcuda_on_path = std::ranges::any_of(
        search.variable_folders(),
        [&](const std::string& folder) { return is_file(machine, folder + "/libcuda.so.1"); });
    tools.unlinked_libcuda = unlinked_libcuda(search, notebook, tools);
    return tools;
}

}  // namespace envkeep::gpu

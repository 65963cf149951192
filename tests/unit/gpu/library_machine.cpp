// SPDX-License-Identifier: MIT
#include "library_machine.hpp"

#include <cstdint>
#include <filesystem>

namespace envkeep::testing {
namespace {

// With the pins that torch's METADATA has.
const std::vector<std::string> pins{
    "nvidia-cublas-cu12 (==12.1.3.1) ; platform_system == \"Linux\"",
    "nvidia-cudnn-cu12 (==9.1.0.70) ; platform_system == \"Linux\"",
    "nvidia-nccl-cu12 (==2.20.5) ; platform_system == \"Linux\"",
    "nvidia-cusparse-cu12 (==12.1.0.106) ; platform_system == \"Linux\""};

std::string name_in(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

std::string number(std::uint32_t value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

}  // namespace

const std::vector<std::string>& cudnn_9() {
    static const std::vector<std::string> files{"plain/libcudnn.so.9",
                                                "plain/libcudnn_graph.so.9",
                                                "plain/libcudnn_ops.so.9",
                                                "plain/libcudnn_cnn.so.9",
                                                "plain/libcudnn_adv.so.9",
                                                "plain/libcudnn_engines_precompiled.so.9",
                                                "plain/libcudnn_heuristic.so.9"};
    return files;
}

std::string made(const std::string& name) {
    return posix::Inspector()
        .read(std::string(ENVKEEP_MADE_LIBRARIES_DIR) + '/' + name, 1U << 24U)
        .value();
}

LibraryMachine::LibraryMachine() {
    torch_of("torch_wheel", "2.4.1+cu121");
    nvidia("cublas", "12.1.3.1", {"plain/libcublas.so.12"});
    nvidia("cuda_runtime", "12.1.105", {"plain/libcudart.so.12"});
    nvidia("cudnn", "9.1.0.70", cudnn_9());
    nvidia("cusparse", "12.1.0.106", {"cuda_12_1/libcusparse.so.12"});
    nvidia("nvjitlink", "12.1.105", {"cuda_12_1/libnvJitLink.so.12"});
    nvidia("nccl", "2.20.5", {"plain/libnccl.so.2"});
    put({{"/usr/lib/x86_64-linux-gnu/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}});
}

LibraryMachine& LibraryMachine::put(const std::map<std::string, std::string>& made_by_path) {
    for (const auto& [path, name] : made_by_path) {
        file(path, made(name));
    }
    return *this;
}

LibraryMachine& LibraryMachine::nvidia(const std::string& component,
                                       const std::string& version,
                                       const std::vector<std::string>& made_files,
                                       const std::string& suffix) {
    std::map<std::string, std::string> files;
    for (const std::string& name : made_files) {
        files.emplace("nvidia/" + component + "/lib/" + name_in(name), made(name));
    }
    package(image_site, "nvidia-" + component + suffix, version, files, {});
    return *this;
}

LibraryMachine& LibraryMachine::torch_of(const std::string& folder,
                                         const std::string& version,
                                         const std::string& site) {
    return torch_of(folder, version, "12.1", pins, site);
}

LibraryMachine& LibraryMachine::torch_of(const std::string& folder,
                                         const std::string& version,
                                         const std::string& cuda,
                                         const std::vector<std::string>& requirements,
                                         const std::string& site) {
    torch(site, version, cuda, "cpython-311-x86_64-linux-gnu", requirements);
    for (const auto& entry : std::filesystem::directory_iterator(root() + site)) {
        if (entry.path().filename().string().starts_with("torch-")) {
            std::filesystem::remove_all(entry.path());
        }
    }
    std::map<std::string, std::string> files{
        {"torch/_C.cpython-311-x86_64-linux-gnu.so", made(folder + "/_C.so")}};
    for (const std::string name : {"libtorch_global_deps.so",
                                   "libc10.so",
                                   "libtorch_cpu.so",
                                   "libc10_cuda.so",
                                   "libtorch_cuda.so",
                                   "libtorch_python.so"}) {
        files.emplace("torch/lib/" + name, made(folder + '/' + name));
    }
    package(site, "torch", version, files, requirements);
    return *this;
}

LibraryMachine& LibraryMachine::torch_opens_linker() {
    file(image_site + "/torch/__init__.py",
         "            _preload_cuda_deps(\"nvjitlink\", \"libnvJitLink.so.*[0-9]\")\n");
    return *this;
}

LibraryMachine& LibraryMachine::cache(const std::map<std::string, std::string>& paths) {
    const std::size_t begin = 48 + 24 * paths.size();
    std::string strings;
    std::string entries;
    for (const auto& [soname, path] : paths) {
        const auto name = static_cast<std::uint32_t>(begin + strings.size());
        strings += soname + '\0';
        const auto value = static_cast<std::uint32_t>(begin + strings.size());
        strings += path + '\0';
        entries +=
            number(0x0303) + number(name) + number(value) + number(0) + number(0) + number(0);
    }
    file("/etc/ld.so.cache",
         "glibc-ld.so.cache1.1" + number(static_cast<std::uint32_t>(paths.size())) +
             number(static_cast<std::uint32_t>(strings.size())) + std::string(20, '\0') + entries +
             strings);
    return *this;
}

LibraryMachine& LibraryMachine::compiler() {
    file("/usr/bin/gcc-12", "ELF").link("/usr/bin/gcc", "gcc-12");
    file("/usr/include/python3.11/Python.h", "");
    package(image_site, "triton", "3.0.0", {{"triton/__init__.py", ""}}, {});
    cache({{"libcuda.so.1", "/usr/lib/x86_64-linux-gnu/libcuda.so.1"}});
    return *this;
}

std::vector<std::string> LibraryMachine::faults() {
    std::vector<std::string> all;
    for (const model::Finding& finding : diagnosis().findings) {
        if (finding.severity != model::Severity::info) {
            all.push_back(finding.id);
        }
    }
    return all;
}

model::Finding LibraryMachine::finding(std::string_view id) {
    for (model::Finding& finding : diagnosis().findings) {
        if (finding.id == id) {
            return finding;
        }
    }
    return {};
}

}  // namespace envkeep::testing

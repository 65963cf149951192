// SPDX-License-Identifier: MIT
#include "platform_machine.hpp"

#include "envkeep/posix/processes.hpp"
#include "library_machine.hpp"
#include "notebook_machine.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>

namespace envkeep::testing {
namespace {

// Of NVIDIA's packages: what torch loads of them.
const std::map<std::string, std::vector<std::string>> libraries_of{
    {"cublas", {"plain/libcublas.so.12"}},
    {"cuda-runtime", {"plain/libcudart.so.12"}},
    {"cudnn",
     {"plain/libcudnn.so.9",
      "plain/libcudnn_graph.so.9",
      "plain/libcudnn_ops.so.9",
      "plain/libcudnn_cnn.so.9",
      "plain/libcudnn_adv.so.9",
      "plain/libcudnn_engines_precompiled.so.9",
      "plain/libcudnn_heuristic.so.9"}},
    {"cufft", {"plain/libcufft.so.11"}},
    {"cusolver", {"plain/libcusolver.so.11"}},
    {"cusparse", {"cuda_12_1/libcusparse.so.12"}},
    {"nccl", {"plain/libnccl.so.2"}},
    {"nvjitlink", {"cuda_12_1/libnvJitLink.so.12"}}};

std::string last_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

std::string folder_named(std::string component) {
    std::ranges::replace(component, '-', '_');
    return component;
}

}  // namespace

PlatformMachine::PlatformMachine() : CapturedMachine(Bare()) {
    file("/lib64/ld-linux-x86-64.so.2", "");
}

PlatformMachine& PlatformMachine::drives(const Driver& driver, const std::vector<Card>& cards) {
    const std::string& version = driver.version;
    file("/sys/module/nvidia/version", version + '\n')
        .file("/sys/module/nvidia_uvm/parameters/uvm_disable_hmm", "N\n")
        .file("/proc/driver/nvidia/version",
              (driver.is_open ? "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  " +
                                    version + "  Release Build  (dvs-builder@U22-I3-AE18-09-6)\n"
                              : "NVRM version: NVIDIA UNIX x86_64 Kernel Module  " + version +
                                    "  Thu Mar 13 21:18:38 UTC 2025\n") +
                  "GCC version:  gcc version 12.3.0 (Ubuntu 12.3.0-1ubuntu1~22.04)\n")
        .file("/proc/devices",
              "Character devices:\n  1 mem\n  5 /dev/tty\n195 nvidia\n195 nvidiactl\n" +
                  std::to_string(driver.uvm_major) +
                  " nvidia-uvm\n236 nvidia-caps\n\nBlock devices:\n  8 sd\n259 blkext\n");
    node("/dev/nvidiactl", 195, 255).node("/dev/nvidia-uvm", driver.uvm_major, 0);
    for (const Card& one : cards) {
        const std::string minor = std::to_string(one.minor);
        card(one.address, one.device)
            .file("/sys/bus/pci/devices/" + one.address + "/class", one.pci_class + '\n')
            .file("/proc/driver/nvidia/gpus/" + one.address + "/information",
                  "Model: \t\t " + one.model + "\nIRQ:   \t\t 40\nGPU UUID: \t GPU-" + minor +
                      "5a0c7e2\nBus Location: \t " + one.address + "\nDevice Minor: \t " + minor +
                      '\n')
            .node("/dev/nvidia" + minor, 195, one.minor);
    }
    for (const std::string name :
         {"libcuda.so", "libnvidia-ml.so", "libnvidia-ptxjitcompiler.so"}) {
        const std::string path = driver.folder + '/' + name + '.' + version;
        put({{path, "driver/" + name + ".1"}})
            .link(driver.folder + '/' + name + ".1", last_name(path));
        std::filesystem::resize_file(root() + path, 20U << 20U);
        if (driver.is_mounted) {
            mount(path);
        }
    }
    if (driver.is_proc_a_copy) {
        mount("/proc/driver/nvidia", "tmpfs");
    }
    return *this;
}

PlatformMachine& PlatformMachine::nvidia(const std::string& site,
                                         const std::map<std::string, std::string>& versions) {
    for (const auto& [component, version] : versions) {
        std::map<std::string, std::string> files;
        for (const std::string& library : libraries_of.at(component)) {
            files.emplace("nvidia/" + folder_named(component) + "/lib/" + last_name(library),
                          made(library));
        }
        package(site, "nvidia-" + component + "-cu12", version, files);
    }
    return *this;
}

PlatformMachine& PlatformMachine::has(const Wheel& wheel) {
    std::vector<std::string> requirements = wheel.requirements;
    for (const auto& [component, version] : wheel.pins) {
        requirements.push_back("nvidia-" + component + "-cu12==" + version +
                               "; platform_system == \"Linux\"");
    }
    nvidia(wheel.site, wheel.pins);
    const std::string extension = "_C.cpython-" + wheel.python + "-x86_64-linux-gnu.so";
    std::map<std::string, std::string> files{
        {"torch/__init__.py", ""},
        {"torch/version.py",
         "__all__ = ['__version__', 'debug', 'cuda', 'git_version', 'hip']\n__version__ = '" +
             wheel.version + "'\ndebug = False\ncuda: Optional[str] = '" + wheel.cuda +
             "'\nhip: Optional[str] = None\n"},
        {"torch/" + extension, made(wheel.made + "/_C.so")}};
    for (const std::string name : {"libtorch_global_deps.so",
                                   "libc10.so",
                                   "libtorch_cpu.so",
                                   "libc10_cuda.so",
                                   "libtorch_cuda.so",
                                   "libtorch_python.so"}) {
        files.emplace("torch/lib/" + name, made(wheel.made + '/' + name));
    }
    package(wheel.site, "torch", wheel.version, files, requirements);
    return *this;
}

PlatformMachine& PlatformMachine::kernel(const std::vector<std::string>& command) {
    file("/proc/200/cmdline", words(command));
    return *this;
}

PlatformMachine& PlatformMachine::put(const std::map<std::string, std::string>& made_by_path) {
    for (const auto& [path, name] : made_by_path) {
        file(path, made(name));
    }
    return *this;
}

PlatformMachine& PlatformMachine::cuda_in(const std::string& folder) {
    for (const auto& [component, names] : libraries_of) {
        for (const std::string& name : names) {
            put({{folder + '/' + last_name(name), name}});
        }
    }
    return put(
        {{folder + "/libcusparse.so.12", "plain/libcusparse.so.12"}});  // needs its neighbour
}

PlatformMachine& PlatformMachine::ldconfig(const std::vector<std::string>& folders) {
    std::string list;
    for (const std::string& folder : folders) {
        list += folder + '\n';
    }
    file("/etc/ld.so.conf", list);
    if (::geteuid() == 0) {
        posix::Processes processes;
        const auto ended = processes.run({.words = {"/sbin/ldconfig", "-r", root()},
                                          .environment = {},
                                          .limit = std::chrono::seconds(20)});
        if (!ended || !ended->is_well()) {
            throw std::runtime_error("ldconfig of another root");
        }
    }
    return *this;
}

}  // namespace envkeep::testing

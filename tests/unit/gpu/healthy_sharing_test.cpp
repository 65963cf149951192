// SPDX-License-Identifier: MIT
#include "notebook_machine.hpp"
#include "platform_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdint>

// Cards that come by way of a daemon, another system or a virtual machine, and what a user keeps
// over an image, each on a machine made from nothing: nothing is wrong.
namespace envkeep::gpu {
namespace {

using testing::alarms;
using testing::debians_libraries;
using testing::debians_site_py;
using ::testing::IsEmpty;
using testing::pins_of_cuda_126;
using testing::pins_of_cuda_128;
using testing::PlatformMachine;

// NVIDIA's device plugin for Kubernetes, sharing by MPS, with devices listed by volume mounts: the
// daemon runs in another container, whose pipes are below a mount.
TEST(HealthySharing, MpsOfTheDevicePlugin) {
    PlatformMachine machine;
    const std::string site = "/usr/local/lib/python3.12/site-packages";
    const std::string pipes = "/mps/nvidia.com/gpu/pipe";
    machine
        .drives({.version = "550.90.07", .folder = debians_libraries},
                {{"0000:00:1e.0", "0x2237", "NVIDIA A10G"}})
        .has({site, "2.8.0+cu126", "12.6", pins_of_cuda_126})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"},
              {site + "/flash_attn_2_cuda.cpython-312-x86_64-linux-gnu.so", "extension/right.so"}})
        .ldconfig({debians_libraries})
        .kernel({"/usr/local/bin/python3", "-m", "ipykernel_launcher", "-f", "/tmp/k.json"});
    machine.python("/usr/local", "3.12")
        .package(site, "numpy", "2.2.6", {{"numpy/__init__.py", ""}})
        .package(
            site, "flash-attn", "2.8.3+cu12torch2.7cxx11abiTRUE", {{"flash_attn/__init__.py", ""}})
        .file(pipes + "/control", "")
        .mount("/mps")
        .file("/sys/fs/cgroup/memory.max", "17179869184\n")
        .file("/sys/fs/cgroup/memory.current", "16106127360\n")
        .file("/sys/fs/cgroup/memory.events", "low 0\nhigh 0\nmax 412\noom 0\noom_kill 0\n")
        .file("/sys/fs/cgroup/pids.max", "max\n")
        .file("/sys/fs/cgroup/pids.current", "812\n")
        .container_variable("NVIDIA_VISIBLE_DEVICES", "/var/run/nvidia-container-devices")
        .kernel_variable("HOME", "/home/jovyan")
        .kernel_variable("CUDA_MPS_PIPE_DIRECTORY", pipes)
        .kernel_variable("CUDA_MPS_PINNED_DEVICE_MEM_LIMIT", "0=11510M")
        .kernel_variable("PATH", "/usr/local/bin:/usr/bin:/bin")
        .user(1000, "/home/jovyan");

    EXPECT_THAT(alarms(machine,
                       {"env-mps-pipe",
                        "torch-extension-abi",
                        "res-cgroup-mem",
                        "res-pids-limit",
                        "pci-count-short"}),
                IsEmpty());
}

// NVIDIA's runtime in its mode for WSL (nvidia-container-toolkit): what Docker Desktop starts has
// Windows' store of drivers mounted, whose folder the loader's cache names.
TEST(HealthySharing, DockerDesktopOnWindows) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "ldconfig of another root needs root";
    }
    PlatformMachine machine;
    const std::string store = "/usr/lib/wsl/drivers/nv_dispi.inf_amd64_4b1c";
    const std::string site = "/opt/conda/lib/python3.11/site-packages";
    machine
        .has({.site = site,
              .version = "2.8.0+cu128",
              .cuda = "12.8",
              .pins = pins_of_cuda_128,
              .python = "311"})
        .put({{store + "/libcuda.so.1.1", "driver/libcuda.so.1"},
              {store + "/libnvidia-ml.so.1", "driver/libnvidia-ml.so.1"},
              {store + "/libnvidia-ptxjitcompiler.so.1", "driver/libnvidia-ptxjitcompiler.so.1"},
              {debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries, store})
        .kernel({"/opt/conda/bin/python3", "-m", "ipykernel_launcher", "-f", "/root/k.json"});
    machine.python("/opt/conda", "3.11")
        .file("/opt/conda/conda-meta/history", "")
        .file("/proc/version", "Linux version 6.6.87.2-microsoft-standard-WSL2 (gcc) #1 SMP\n")
        .file("/proc/devices", "Character devices:\n  1 mem\n 10 misc\n")
        .node("/dev/dxg", 10, 125)
        .mount(store + "/libcuda.so.1.1", "9p")
        .package(site, "numpy", "2.2.6", {{"numpy/__init__.py", ""}})
        .space("/dev/shm", std::uint64_t{8} << 30U, std::uint64_t{8} << 30U)
        .container_variable("NVIDIA_VISIBLE_DEVICES", "all")
        .container_variable("NVIDIA_DRIVER_CAPABILITIES", "compute,utility")
        .container_variable("NVIDIA_REQUIRE_CUDA", "cuda>=12.8")
        .kernel_variable("HOME", "/root")
        .kernel_variable("PATH", "/opt/conda/bin:/usr/bin:/bin");

    EXPECT_THAT(alarms(machine, {"ctr-wsl", "drv-stub-on-path", "dev-nodes-missing"}), IsEmpty());
}

// A kept ~/.local over Gradient's image: its torch is newer than the image's and fits the machine;
// a driver of the time before its major number was called `nvidia`.
TEST(HealthySharing, AKeptTorchThatFitsOverTheImages) {
    PlatformMachine machine;
    const std::string image = "/usr/local/lib/python3.11/dist-packages";
    const std::string own = "/root/.local/lib/python3.11/site-packages";
    machine
        .drives({.version = "525.116.04", .folder = debians_libraries, .uvm_major = 234},
                {{"0000:00:05.0", "0x24b0", "NVIDIA RTX A4000"}})
        .has({.site = own,
              .version = "2.8.0+cu126",
              .cuda = "12.6",
              .pins = pins_of_cuda_126,
              .python = "311"})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries})
        .kernel({"/usr/bin/python3.11", "-m", "ipykernel_launcher", "-f", "/root/k.json"});
    machine.python("/usr", "3.11", debians_site_py)
        .torch(image, "2.1.1+cu121", "12.1")
        .package(image,
                 "torchvision",
                 "0.16.1+cu121",
                 {{"torchvision/__init__.py", ""}},
                 {"torch==2.1.1"})
        .package(
            own, "torchvision", "0.23.0+cu126", {{"torchvision/__init__.py", ""}}, {"torch==2.8.0"})
        .package(image, "numpy", "1.26.2", {{"numpy/__init__.py", ""}})
        .file("/proc/devices",
              "Character devices:\n  1 mem\n195 nvidia-frontend\n234 nvidia-uvm\n235 "
              "nvidia-caps\n")
        .container_variable("NVIDIA_VISIBLE_DEVICES", "all")
        .container_variable("NVIDIA_DRIVER_CAPABILITIES", "compute,utility")
        .mount("/storage", "nfs4")
        .link("/root/.local/bin/torchrun", "/storage/bin/torchrun")
        .kernel_variable("HOME", "/root")
        .kernel_variable("PATH", "/root/.local/bin:/usr/local/bin:/usr/bin:/bin");

    EXPECT_THAT(alarms(machine,
                       {"torch-user-site-shadow",
                        "torch-two-installs",
                        "torch-companion-mismatch",
                        "kmod-not-loaded"}),
                IsEmpty());
}

// Kata's documents of passthrough: a small virtual machine with modules of its own, and a process
// that was started with hardly a variable.
TEST(HealthySharing, AVirtualMachineOfKatas) {
    PlatformMachine machine;
    const std::string site = "/usr/local/lib/python3.12/site-packages";
    machine
        .drives({.version = "570.86.10",
                 .folder = debians_libraries,
                 .is_open = true,
                 .is_mounted = false,
                 .is_proc_a_copy = false,
                 .uvm_major = 243},
                {{"0000:02:00.0", "0x2331", "NVIDIA H100 PCIe"}})
        .has({site, "2.8.0+cu128", "12.8", pins_of_cuda_128})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries})
        .kernel({"/usr/local/bin/python3", "-m", "ipykernel_launcher", "-f", "/tmp/k.json"});
    machine.python("/usr/local", "3.12")
        .package(site, "numpy", "2.3.1", {{"numpy/__init__.py", ""}})
        .file("/proc/driver/nvidia/gpus/0000:02:00.0/information",
              "Model: \t\t NVIDIA H100 PCIe\nGPU UUID: \t GPU-\?\?\?\?\?\?\?\?-\?\?\?\?-\?\?\?\?\n"
              "Device Minor: \t 0\n")
        .file("/proc/200/limits",
              "Limit                     Soft Limit           Hard Limit           Units     \n"
              "Max address space         unlimited            unlimited            bytes     \n"
              "Max locked memory         8388608              8388608              bytes     \n")
        .kernel_variable("LANG", "C.UTF-8");

    EXPECT_THAT(
        alarms(machine,
               {"hw-adapter-init-failed", "res-rlimit-as", "res-memlock", "drv-libcuda-in-image"}),
        IsEmpty());
}

}  // namespace
}  // namespace envkeep::gpu

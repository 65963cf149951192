// SPDX-License-Identifier: MIT
#include "library_machine.hpp"
#include "notebook_machine.hpp"
#include "platform_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>

// Drivers that came in other ways, and what is newer than this program's data, each on a machine
// made from nothing: nothing is wrong on them.
namespace envkeep::gpu {
namespace {

using testing::alarms;
using testing::CapturedMachine;
using testing::debians_libraries;
using testing::debians_site_py;
using ::testing::ElementsAre;
using testing::faults_in;
using ::testing::IsEmpty;
using testing::made;
using testing::pins_of_cuda_126;
using testing::pins_of_cuda_128;
using testing::PlatformMachine;
using testing::virtual_environment;

// PyTorch's own index for CUDA 13 (compat.json, nvidia_wheel_layout): NVIDIA's packages have no
// suffix and one folder, and torch asks for all of them by cuda-toolkit.
CapturedMachine& torch_of_cuda_13(PlatformMachine& machine,
                                  const std::string& site,
                                  const std::string& version) {
    machine.has({.site = site,
                 .version = version,
                 .cuda = "13.0",
                 .pins = {},
                 .made = "torch_cuda_13",
                 .requirements = {"cuda-toolkit[cublas,cudart,cusparse,nvjitlink]==13.0.2; "
                                  "platform_system == \"Linux\"",
                                  "nvidia-cudnn-cu13==9.19.0.56; platform_system == \"Linux\"",
                                  "nvidia-nccl-cu13==2.28.9; platform_system == \"Linux\""}});
    const auto package = [&](const std::string& name,
                             const std::string& number,
                             const std::string& folder,
                             const std::vector<std::string>& names) {
        std::map<std::string, std::string> files;
        for (const std::string& one : names) {
            files.emplace("nvidia/" + folder + "/lib/" + one.substr(one.find('/') + 1), made(one));
        }
        machine.package(site, name, number, files);
    };
    package("nvidia-cublas", "13.1.0.3", "cu13", {"plain/libcublas.so.13"});
    package("nvidia-cuda-runtime", "13.0.96", "cu13", {"plain/libcudart.so.13"});
    package("nvidia-cusparse", "12.6.3.3", "cu13", {"cuda_13/libcusparse.so.12"});
    package("nvidia-nvjitlink", "13.0.88", "cu13", {"cuda_13/libnvJitLink.so.13"});
    package("nvidia-nccl-cu13", "2.28.9", "nccl", {"plain/libnccl.so.2"});
    package("nvidia-cudnn-cu13",
            "9.19.0.56",
            "cudnn",
            {"plain/libcudnn.so.9",
             "plain/libcudnn_graph.so.9",
             "plain/libcudnn_ops.so.9",
             "plain/libcudnn_cnn.so.9",
             "plain/libcudnn_adv.so.9"});
    return machine.package(site, "cuda-toolkit", "13.0.2");
}

TEST(HealthyDriver, NewEnoughForTheWheelOfToday) {
    PlatformMachine machine;
    const std::string site = "/usr/local/lib/python3.12/dist-packages";
    machine
        .drives({.version = "580.95.05", .folder = debians_libraries, .is_open = true},
                {{"0000:00:04.0", "0x1eb8", "Tesla T4"}})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries})
        .kernel({"/usr/bin/python3", "-m", "ipykernel_launcher", "-f", "/root/k.json"});
    torch_of_cuda_13(machine, site, "2.14.0+cu130")
        .python("/usr", "3.12", debians_site_py)
        .package(site, "numpy", "2.3.5", {{"numpy/__init__.py", ""}})
        .container_variable("NVIDIA_VISIBLE_DEVICES", "all")
        .container_variable("NVIDIA_DRIVER_CAPABILITIES", "compute,utility")
        .kernel_variable("HOME", "/root")
        .kernel_variable("PATH", "/usr/local/bin:/usr/bin:/bin");

    EXPECT_THAT(alarms(machine,
                       {"torch-pypi-default-too-new",
                        "torch-nvidia-pins-broken",
                        "nccl-overwritten",
                        "cudnn-missing"}),
                IsEmpty());

    machine.remove(site + "/nvidia/cu13/lib/libcublas.so.13");
    EXPECT_THAT(faults_in(machine), ElementsAre("torch-nvidia-pins-broken"));
}

// Nobody knows them yet: what is newer than the data is unknown and not wrong.
TEST(HealthyDriver, CardAndTorchThatAreNewerThanTheData) {
    PlatformMachine machine;
    const std::string site = "/usr/local/lib/python3.15/site-packages";
    machine
        .drives({.version = "701.20.04", .folder = debians_libraries, .is_open = true},
                {{"0000:01:00.0", "0x3f01", "NVIDIA R300", 0, "0x030200"}})
        .has({.site = site,
              .version = "3.1.0+cu141",
              .cuda = "14.1",
              .pins = pins_of_cuda_128,
              .python = "315"})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries})
        .kernel({"/usr/local/bin/python3", "-m", "ipykernel_launcher", "-f", "/root/k.json"});
    machine.python("/usr/local", "3.15")
        .package(site, "numpy", "3.0.1", {{"numpy/__init__.py", ""}})
        .package(site,
                 "torchvision",
                 "0.41.0+cu141",
                 {{"torchvision/__init__.py", ""}},
                 {"torch==3.1.0"})
        .container_variable("NVIDIA_VISIBLE_DEVICES", "all")
        .container_variable("NVIDIA_REQUIRE_CUDA", "cuda>=14.1")
        .kernel_variable("HOME", "/root")
        .kernel_variable("PYTORCH_ALLOC_CONF", "expandable_segments:True,some_new_option:3")
        .kernel_variable("PATH", "/usr/local/bin:/usr/bin:/bin");

    EXPECT_THAT(alarms(machine,
                       {"torch-driver-too-old",
                        "torch-arch-new-gpu",
                        "ctr-require-unsatisfied",
                        "env-alloc-conf",
                        "torch-companion-mismatch"}),
                IsEmpty());
}

// Debian's package of the driver (wiki.debian.org/NvidiaGraphicsDrivers): the libraries lie in a
// folder below, and links of update-alternatives lead there by /etc.
TEST(HealthyDriver, OfDebiansAlternatives) {
    PlatformMachine machine;
    const std::string folder = debians_libraries + "/nvidia/current";
    const std::string site = "/home/ada/venv/lib/python3.11/site-packages";
    machine
        .drives({.version = "535.247.01",
                 .folder = folder,
                 .is_mounted = false,
                 .is_proc_a_copy = false,
                 .uvm_major = 237},
                {{"0000:01:00.0", "0x1b06", "NVIDIA GeForce GTX 1080 Ti", 0, "0x030000"}})
        .has({.site = site,
              .version = "2.8.0+cu126",
              .cuda = "12.6",
              .pins = pins_of_cuda_126,
              .python = "311"})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}});
    for (const std::string name :
         {"libcuda.so.1", "libnvidia-ml.so.1", "libnvidia-ptxjitcompiler.so.1"}) {
        const std::string between = "/etc/alternatives/nvidia--" + name + "-x86_64-linux-gnu";
        machine.link(debians_libraries + '/' + name, between).link(between, folder + '/' + name);
    }
    machine.ldconfig({debians_libraries})
        .kernel({"/home/ada/venv/bin/python", "-m", "ipykernel_launcher", "-f", "k.json"});
    machine.python("/usr", "3.11", debians_site_py)
        .file("/usr/lib/python3.11/EXTERNALLY-MANAGED", "[externally-managed]\n")
        .file("/var/lib/dpkg/info/libcuda1:amd64.list",
              "/.\n" + folder + "/libcuda.so.535.247.01\n");
    virtual_environment(machine, "/home/ada/venv", "/usr/bin/python3.11", "3.11")
        .package(site, "numpy", "2.2.6", {{"numpy/__init__.py", ""}})
        .file("/usr/bin/nvidia-modprobe", "ELF")
        .kernel_variable("HOME", "/home/ada")
        .kernel_variable("PATH", "/home/ada/venv/bin:/usr/bin:/bin")
        .user(1000, "/home/ada");
    std::filesystem::permissions(machine.root() + "/usr/bin/nvidia-modprobe",
                                 std::filesystem::perms(04755));

    EXPECT_THAT(alarms(machine,
                       {"drv-libcuda-in-image",
                        "drv-ldcache-stale",
                        "torch-arch-old-gpu",
                        "kmod-gpu-legacy",
                        "cudnn-gpu-dropped"}),
                IsEmpty());
}

// Proxmox' guide to containers of LXC: the host's nodes are bound in for all, and the same driver's
// libraries are installed without its module by NVIDIA's own installer, which dpkg knows nothing
// of.
TEST(HealthyDriver, OfAHostWhoseContainerOfLxcInstalledItsLibraries) {
    PlatformMachine machine;
    const std::string site = "/root/venv/lib/python3.12/site-packages";
    machine
        .drives({.version = "550.144.03",
                 .folder = debians_libraries,
                 .is_mounted = false,
                 .is_proc_a_copy = false,
                 .uvm_major = 509},
                {{"0000:03:00.0", "0x2487", "NVIDIA GeForce RTX 3060", 0, "0x030000"}})
        .has({site, "2.8.0+cu126", "12.6", pins_of_cuda_126})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries})
        .kernel({"/root/venv/bin/python", "-m", "ipykernel_launcher", "-f", "/root/k.json"});
    machine.python("/usr", "3.12", debians_site_py)
        .mount("/dev/nvidia0", "devtmpfs")
        .mount("/dev/nvidiactl", "devtmpfs")
        .mount("/dev/nvidia-uvm", "devtmpfs")
        .card("0000:00:02.0", "0x13c2", "vfio-pci")
        .space("/dev/shm", std::uint64_t{16} << 30U, std::uint64_t{16} << 30U);
    virtual_environment(machine, "/root/venv", "/usr/bin/python3.12", "3.12")
        .package(site, "numpy", "2.2.6", {{"numpy/__init__.py", ""}})
        .kernel_variable("HOME", "/root")
        .kernel_variable("PATH", "/root/venv/bin:/usr/bin:/bin");

    EXPECT_THAT(
        alarms(machine, {"drv-libcuda-in-image", "ctr-no-nvidia-runtime", "pci-foreign-driver"}),
        IsEmpty());
}

// Cards with a torch and a driver of their time (PyTorch's release notes and previous versions;
// compat.json, torch_wheels and minor_version_compat_min): the oldest driver and the edge of the
// build's code among them.
TEST(HealthyDriver, OfItsCardsAndItsTorchsTime) {
    struct Trio {
        std::string device;
        std::string model;
        std::string driver;
        std::string torch;
        std::string cuda;
        bool is_open = false;
    };

    for (const Trio& trio :
         {Trio{"0x102d", "Tesla K80", "470.256.02", "2.0.1+cu118", "11.8"},
          Trio{"0x13f1", "Quadro M4000", "525.60.13", "2.8.0+cu126", "12.6"},
          Trio{"0x15f8", "Tesla P100-PCIE-16GB", "450.80.02", "2.3.1+cu118", "11.8"},
          Trio{"0x1b06", "GTX 1080 Ti", "580.65.06", "2.9.0+cu126", "12.6"},
          Trio{"0x1db1", "Tesla V100-SXM2-16GB", "535.54.03", "2.5.1+cu121", "12.1"},
          Trio{"0x1eb8", "Tesla T4", "450.119.04", "1.8.1+cu111", "11.1"},
          Trio{"0x20b0", "A100-SXM4-40GB", "460.32.03", "1.9.0+cu111", "11.1"},
          Trio{"0x2204", "GeForce RTX 3090", "515.43.04", "1.12.1+cu116", "11.6"},
          Trio{"0x2684", "GeForce RTX 4090", "525.60.13", "1.13.1+cu117", "11.7"},
          Trio{"0x27b8", "NVIDIA L4", "530.30.02", "2.1.0+cu121", "12.1"},
          Trio{"0x2330", "H100 80GB HBM3", "525.85.12", "2.0.1+cu118", "11.8"},
          Trio{"0x2b85", "GeForce RTX 5090", "570.86.10", "2.7.0+cu128", "12.8", true},
          Trio{"0x2901", "NVIDIA B200", "570.124.06", "2.7.1+cu128", "12.8", true},
          Trio{"0x1eb8", "Tesla T4", "580.65.06", "2.9.0+cu130", "13.0", true}}) {
        PlatformMachine machine;
        const std::string site = "/usr/local/lib/python3.11/site-packages";
        machine
            .drives({.version = trio.driver, .folder = debians_libraries, .is_open = trio.is_open},
                    {{"0000:00:04.0", trio.device, trio.model}})
            .kernel({"/usr/local/bin/python3", "-m", "ipykernel_launcher", "-f", "k.json"});
        machine.python("/usr/local", "3.11")
            .torch(site, trio.torch, trio.cuda)
            .package(site, "numpy", "1.26.4", {{"numpy/__init__.py", ""}})
            .kernel_variable("HOME", "/root")
            .kernel_variable("PATH", "/usr/local/bin:/usr/bin:/bin");

        EXPECT_THAT(alarms(machine,
                           {"torch-driver-too-old",
                            "torch-arch-old-gpu",
                            "torch-arch-new-gpu",
                            "torch-kepler",
                            "kmod-wrong-flavour"}),
                    IsEmpty())
            << trio.model << " with " << trio.torch;
    }
}

}  // namespace
}  // namespace envkeep::gpu

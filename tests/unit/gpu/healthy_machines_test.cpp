// SPDX-License-Identifier: MIT
#include "notebook_machine.hpp"
#include "platform_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <cerrno>
#include <cstdint>

// Hosts that people have at home or at work, other kinds of containers, and machines without a card
// of NVIDIA's, each made from nothing: nothing is wrong on them.
namespace envkeep::gpu {
namespace {

using testing::alarms;
using testing::debians_libraries;
using testing::debians_site_py;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::pins_of_cuda_126;
using testing::pins_of_cuda_128;
using testing::PlatformMachine;
using testing::virtual_environment;

// lambda.ai's documentation of Lambda Stack: driver, CUDA, cuDNN and torch are Debian packages of
// Ubuntu's own Python, which pip may not write to; no container, no wheel of NVIDIA's.
TEST(HealthyPlatform, LambdaStackOnAnA10) {
    PlatformMachine machine;
    const std::string site = "/usr/lib/python3/dist-packages";
    machine.drives({.version = "570.148.08",
                    .folder = debians_libraries,
                    .is_open = true,
                    .is_mounted = false,
                    .is_proc_a_copy = false},
                   {{"0000:06:00.0", "0x2236", "NVIDIA A10"}});
    machine.cuda_in(debians_libraries)
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .has({site, "2.7.0", "12.8", {}})
        .ldconfig({debians_libraries})
        .kernel({"/usr/bin/python3", "-m", "ipykernel_launcher", "-f", "/home/ubuntu/k.json"});
    machine.python("/usr", "3.12", debians_site_py)
        .file("/usr/lib/python3.12/EXTERNALLY-MANAGED", "[externally-managed]\nError=use apt\n")
        .package(site, "numpy", "1.26.4", {{"numpy/__init__.py", ""}})
        .file("/var/lib/dpkg/info/libnvidia-compute-570:amd64.list",
              "/.\n" + debians_libraries + "/libcuda.so.570.148.08\n")
        .kernel_variable("HOME", "/home/ubuntu")
        .kernel_variable("PATH", "/home/ubuntu/.local/bin:/usr/local/bin:/usr/bin:/bin")
        .user(1000, "/home/ubuntu");

    EXPECT_THAT(
        alarms(
            machine,
            {"drv-libcuda-in-image", "ctr-no-nvidia-runtime", "cudnn-missing", "nccl-overwritten"}),
        IsEmpty());
}

// astral's guide to uv with PyTorch, and open-gpu-kernel-modules' README: Blackwell runs with the
// open modules alone; uv brings its own Python and leaves pip out.
TEST(HealthyPlatform, UvOnAWorkstationWithAnRtx5090) {
    PlatformMachine machine;
    const std::string base = "/home/ada/.local/share/uv/python/cpython-3.12.9-linux-x86_64-gnu";
    const std::string environment = "/home/ada/work/.venv";
    const std::string site = environment + "/lib/python3.12/site-packages";
    machine.drives({.version = "570.133.07",
                    .folder = debians_libraries,
                    .is_open = true,
                    .is_mounted = false,
                    .is_proc_a_copy = false,
                    .uvm_major = 505},
                   {{"0000:01:00.0", "0x2b85", "NVIDIA GeForce RTX 5090", 0, "0x030000"}});
    machine.python(base, "3.12");
    virtual_environment(machine, environment, base + "/bin/python3.12", "3.12")
        .file(environment + "/pyvenv.cfg",
              "home = " + base +
                  "/bin\nimplementation = CPython\nuv = 0.7.2\nversion_info = 3.12.9\n"
                  "include-system-site-packages = false\nprompt = work\n")
        .file(site + "/_virtualenv.pth", "import _virtualenv")
        .link(environment + "/lib64", "lib");
    machine.has({site, "2.8.0+cu128", "12.8", pins_of_cuda_128})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries})
        .kernel({environment + "/bin/python", "-m", "ipykernel_launcher", "-f", "k.json"});
    machine.package(site, "numpy", "2.2.5", {{"numpy/__init__.py", ""}})
        .package(site, "triton", "3.4.0", {{"triton/__init__.py", ""}})
        .file("/usr/bin/gcc-13", "ELF")
        .link("/usr/bin/gcc", "gcc-13")
        .file(base + "/include/python3.12/Python.h", "")
        .kernel_variable("HOME", "/home/ada")
        .kernel_variable("PATH", environment + "/bin:/usr/local/bin:/usr/bin:/bin")
        .kernel_variable("VIRTUAL_ENV", environment)
        .user(1000, "/home/ada");

    EXPECT_THAT(
        alarms(machine, {"kmod-wrong-flavour", "torch-arch-new-gpu", "tk-no-python-headers"}),
        IsEmpty());
}

// NVIDIA's guide to CUDA on WSL 2 and microsoft/WSL#8587: Windows has the driver, whose libraries
// are three files and no links, in a folder that a file of ld.so.conf.d names; no module, no nodes.
TEST(HealthyMachine, UbuntuInWsl2) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "ldconfig of another root needs root";
    }
    PlatformMachine machine;
    const std::string wsl = "/usr/lib/wsl/lib";
    const std::string site = "/home/ada/venv/lib/python3.12/site-packages";
    machine.has({site, "2.8.0+cu126", "12.6", pins_of_cuda_126})
        .put({{wsl + "/libcuda.so", "driver/libcuda.so.1"},
              {wsl + "/libcuda.so.1", "driver/libcuda.so.1"},
              {wsl + "/libcuda.so.1.1", "driver/libcuda.so.1"},
              {wsl + "/libnvidia-ml.so.1", "driver/libnvidia-ml.so.1"},
              {debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries, wsl})
        .kernel({"/home/ada/venv/bin/python", "-m", "ipykernel_launcher", "-f", "k.json"});
    machine.python("/usr", "3.12", debians_site_py);
    virtual_environment(machine, "/home/ada/venv", "/usr/bin/python3.12", "3.12")
        .file("/proc/version", "Linux version 5.15.167.4-microsoft-standard-WSL2 (gcc) #1 SMP\n")
        .file("/proc/devices", "Character devices:\n  1 mem\n 10 misc\n")
        .file("/sys/bus/pci/devices/5e4b:00:00.0/vendor", "0x1414\n")
        .file("/sys/bus/pci/devices/5e4b:00:00.0/class", "0x030200\n")
        .node("/dev/dxg", 10, 125)
        .mount("/usr/lib/wsl/lib", "overlay")
        .mount("/usr/lib/wsl/drivers", "9p")
        .package(site, "numpy", "2.2.5", {{"numpy/__init__.py", ""}})
        .kernel_variable("HOME", "/home/ada")
        .kernel_variable("PATH", "/home/ada/venv/bin:/usr/bin:/bin:/usr/lib/wsl/lib")
        .user(1000, "/home/ada");

    EXPECT_THAT(alarms(machine, {"ctr-wsl", "kmod-not-loaded", "dev-nodes-missing", "res-memlock"}),
                IsEmpty());
}

// nvidia-container-toolkit's documents of CDI: the specification sets NVIDIA_VISIBLE_DEVICES=void
// so that the classic runtime keeps out; /proc is the host's, and Fedora has its libraries in
// lib64.
TEST(HealthyMachine, PodmanOnFedoraWithCdi) {
    PlatformMachine machine;
    const std::string site = "/opt/venv/lib/python3.13/site-packages";
    machine
        .drives({.version = "575.64.03",
                 .folder = "/usr/lib64",
                 .is_open = true,
                 .is_proc_a_copy = false,
                 .uvm_major = 238},
                {{"0000:01:00.0", "0x2f04", "NVIDIA GeForce RTX 5070", 0, "0x030000"}})
        .has({.site = site,
              .version = "2.8.0+cu128",
              .cuda = "12.8",
              .pins = pins_of_cuda_128,
              .python = "313"})
        .put({{"/usr/lib64/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({})
        .kernel({"/opt/venv/bin/python", "-m", "ipykernel_launcher", "-f", "/root/k.json"});
    machine.python("/usr", "3.13")
        .remove("/usr/lib/python3.13")
        .file("/usr/lib64/python3.13/os.py", "")
        .file("/usr/lib64/python3.13/site.py", "# site\n")
        .file("/usr/lib64/python3.13/lib-dynload/README", "")
        .file("/usr/lib/python3.13/site-packages/README", "");
    virtual_environment(machine, "/opt/venv", "/usr/bin/python3.13", "3.13")
        .link("/opt/venv/lib64", "lib")
        .package(site, "numpy", "2.2.5", {{"numpy/__init__.py", ""}})
        .container_variable("NVIDIA_VISIBLE_DEVICES", "void")
        .kernel_variable("HOME", "/root")
        .kernel_variable("PATH", "/opt/venv/bin:/usr/bin");

    EXPECT_THAT(alarms(machine, {"ctr-visible-void", "drv-libcuda-missing", "py-venv-broken"}),
                IsEmpty());
}

// NixOS' manual: the driver is in /run/opengl-driver alone, everything else in /nix/store, and
// there is no /lib64 unless somebody asks for nix-ld.
TEST(HealthyMachine, NixosWithARtxA4000) {
    PlatformMachine machine;
    const std::string driver = "/nix/store/5pfb-nvidia-x11-570.153.02/lib";
    const std::string python = "/nix/store/9kq2-python3-3.12.10-env";
    const std::string site = python + "/lib/python3.12/site-packages";
    machine
        .drives({.version = "570.153.02",
                 .folder = driver,
                 .is_open = true,
                 .is_mounted = false,
                 .is_proc_a_copy = false},
                {{"0000:2d:00.0", "0x24b0", "NVIDIA RTX A4000", 0, "0x030000"}})
        .has({site, "2.8.0", "12.8", {}})
        .kernel({python + "/bin/python3.12", "-m", "ipykernel_launcher", "-f", "k.json"});
    machine.remove("/lib64")
        .file("/etc/NIXOS", "")
        .link("/run/opengl-driver/lib", driver)
        .python(python, "3.12")
        .package(site, "numpy", "2.2.5", {{"numpy/__init__.py", ""}})
        .kernel_variable("HOME", "/home/ada")
        .kernel_variable("PATH", python + "/bin:/run/current-system/sw/bin")
        .kernel_variable("LD_LIBRARY_PATH", "/run/opengl-driver/lib:" + python + "/lib")
        .user(1000, "/home/ada");
    machine.cuda_in(python + "/lib")
        .put({{python + "/lib/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}});

    EXPECT_THAT(alarms(machine, {"drv-musl-image", "drv-libcuda-missing", "drv-ldcache-stale"}),
                IsEmpty());
}

// NVIDIA's guide to its DGX: eight cards and switches, of which a job of Slurm's has the first two
// and may open no other; its MPI sets NCCL's variables.
TEST(HealthyMachine, AJobOfSlurmsOnADgx) {
    PlatformMachine machine;
    const std::string site = "/home/ada/miniforge3/envs/ml/lib/python3.11/site-packages";
    const std::string conda = "/home/ada/miniforge3/envs/ml";
    machine
        .drives({.version = "535.183.06",
                 .folder = debians_libraries,
                 .is_mounted = false,
                 .is_proc_a_copy = false},
                {{"0000:07:00.0", "0x20b0", "NVIDIA A100-SXM4-40GB", 0},
                 {"0000:0f:00.0", "0x20b0", "NVIDIA A100-SXM4-40GB", 1},
                 {"0000:47:00.0", "0x20b0", "NVIDIA A100-SXM4-40GB", 2}})
        .has({.site = site,
              .version = "2.5.1",
              .cuda = "12.4",
              .pins = {},
              .python = "311",
              .made = "torch_conda"})
        .cuda_in(conda + "/lib")
        .put({{conda + "/lib/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"},
              {debians_libraries + "/libnccl.so.2.18.3", "plain/libnccl.so.2"}})
        .ldconfig({debians_libraries})
        .kernel({conda + "/bin/python", "-m", "ipykernel_launcher", "-f", "/home/ada/k.json"});
    machine.python(conda, "3.11")
        .link(conda + "/bin/python", "python3.11")
        .file(conda + "/conda-meta/history", "")
        .node("/dev/nvidia2", 195, 2, EPERM)
        .file("/sys/bus/pci/devices/0000:c4:00.0/vendor", "0x10de\n")
        .file("/sys/bus/pci/devices/0000:c4:00.0/class", "0x068000\n")
        .file("/sys/bus/pci/devices/0000:c4:00.0/device", "0x1af1\n")
        .package(site, "numpy", "1.26.4", {{"numpy/__init__.py", ""}})
        .space("/dev/shm", std::uint64_t{500} << 30U, std::uint64_t{500} << 30U)
        .kernel_variable("HOME", "/home/ada")
        .kernel_variable("CONDA_PREFIX", conda)
        .kernel_variable("CUDA_VISIBLE_DEVICES", "0,1")
        .kernel_variable("NCCL_IB_DISABLE", "0")
        .kernel_variable("NCCL_SOCKET_IFNAME", "ib0")
        .kernel_variable("PATH", conda + "/bin:/usr/bin:/bin")
        .user(1000, "/home/ada");

    EXPECT_THAT(alarms(machine,
                       {"fabric-manager-down",
                        "ctr-cgroup-lost",
                        "env-cvd-bad-index",
                        "nccl-shm-small",
                        "nccl-overwritten",
                        "hw-nvlink-error"}),
                IsEmpty());
}

// Debian's package python3-torch, which is built without CUDA, on a host without a card.
TEST(HealthyMachine, DebiansTorchWithoutACard) {
    PlatformMachine machine;
    machine.ldconfig({debians_libraries});
    machine.python("/usr", "3.11", debians_site_py)
        .file("/usr/lib/python3.11/EXTERNALLY-MANAGED", "[externally-managed]\nError=use apt\n")
        .torch("/usr/lib/python3/dist-packages", "1.13.1", "")
        .package("/usr/lib/python3/dist-packages", "numpy", "1.24.2", {{"numpy/__init__.py", ""}})
        .file("/sys/bus/pci/devices/0000:00:02.0/vendor", "0x1234\n")
        .file("/sys/bus/pci/devices/0000:00:02.0/class", "0x030000\n")
        .without_kernel({{"PATH", "/usr/bin:/bin"}, {"HOME", "/home/ada"}})
        .user(1000, "/home/ada");

    EXPECT_THAT(alarms(machine, {"torch-cpu-only", "pci-no-gpu"}), IsEmpty());
    EXPECT_THAT(machine.ids(), ElementsAre("pci-no-gpu"));
}

// AMD's guide to PyTorch for ROCm: the card is another maker's, and so is the build of torch.
TEST(HealthyMachine, RocmOnACardOfAmds) {
    PlatformMachine machine;
    const std::string site = "/opt/venv/lib/python3.12/site-packages";
    machine.kernel({"/opt/venv/bin/python", "-m", "ipykernel_launcher", "-f", "/root/k.json"});
    machine.python("/usr", "3.12", debians_site_py);
    virtual_environment(machine, "/opt/venv", "/usr/bin/python3.12", "3.12")
        .package(site,
                 "torch",
                 "2.8.0+rocm6.4",
                 {{"torch/__init__.py", ""},
                  {"torch/_C.cpython-312-x86_64-linux-gnu.so", "ELF"},
                  {"torch/version.py",
                   "__version__ = '2.8.0+rocm6.4'\ncuda: Optional[str] = None\n"
                   "hip: Optional[str] = '6.4.43482-0f2d60242'\n"}})
        .package(site, "numpy", "2.3.1", {{"numpy/__init__.py", ""}})
        .file("/sys/bus/pci/devices/0000:03:00.0/vendor", "0x1002\n")
        .file("/sys/bus/pci/devices/0000:03:00.0/class", "0x030000\n")
        .file("/sys/bus/pci/devices/0000:03:00.0/device", "0x744c\n")
        .link("/sys/bus/pci/devices/0000:03:00.0/driver", "../../../../bus/pci/drivers/amdgpu")
        .node("/dev/kfd", 234, 0)
        .node("/dev/dri/renderD128", 226, 128)
        .kernel_variable("HOME", "/root")
        .kernel_variable("HIP_VISIBLE_DEVICES", "0")
        .kernel_variable("PATH", "/opt/venv/bin:/opt/rocm/bin:/usr/bin:/bin");

    EXPECT_THAT(alarms(machine, {"torch-rocm-wheel", "pci-foreign-driver", "pci-no-gpu"}),
                IsEmpty());
}

// What `pip install torch` brings on any Linux, on a laptop with Intel's graphics: the libraries of
// CUDA are there, and nothing that could use them.
TEST(HealthyMachine, PipsTorchOnALaptopOfIntels) {
    PlatformMachine machine;
    const std::string site = "/home/ada/venv/lib/python3.12/site-packages";
    machine.has({site, "2.8.0", "12.8", pins_of_cuda_128})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries});
    machine.python("/usr", "3.12", debians_site_py);
    virtual_environment(machine, "/home/ada/venv", "/usr/bin/python3.12", "3.12")
        .package(site, "numpy", "2.3.1", {{"numpy/__init__.py", ""}})
        .package(site, "triton", "3.4.0", {{"triton/__init__.py", ""}})
        .file("/sys/bus/pci/devices/0000:00:02.0/vendor", "0x8086\n")
        .file("/sys/bus/pci/devices/0000:00:02.0/class", "0x030000\n")
        .link("/sys/bus/pci/devices/0000:00:02.0/driver", "../../../../bus/pci/drivers/i915")
        .without_kernel({{"PATH", "/home/ada/venv/bin:/usr/bin:/bin"}, {"HOME", "/home/ada"}})
        .user(1000, "/home/ada");

    EXPECT_THAT(alarms(machine, {"pci-no-gpu", "torch-driver-too-old", "tk-no-c-compiler"}),
                IsEmpty());
}

// modal.com's documents and gVisor's nvproxy: no PCI, no modules, of the driver's folder params
// alone, and nodes that work.
TEST(HealthyMachine, ASandboxOfGvisorWithAnL4) {
    PlatformMachine machine;
    const std::string site = "/usr/local/lib/python3.12/site-packages";
    machine
        .drives({.version = "575.57.08", .folder = debians_libraries, .is_proc_a_copy = false},
                {{"0000:00:03.0", "0x27b8", "NVIDIA L4"}})
        .has({site, "2.8.0+cu128", "12.8", pins_of_cuda_128})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .kernel({"/usr/local/bin/python3", "-m", "ipykernel_launcher", "-f", "/root/k.json"});
    machine.python("/usr/local", "3.12")
        .remove("/sys")
        .remove("/proc/devices")
        .remove("/proc/driver/nvidia")
        .file("/proc/driver/nvidia/params", "ModifyDeviceFiles: 0\n")
        .file("/proc/version", "Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016\n")
        .package(site, "numpy", "2.3.1", {{"numpy/__init__.py", ""}})
        .container_variable("NVIDIA_VISIBLE_DEVICES", "all")
        .kernel_variable("HOME", "/root")
        .kernel_variable("PATH", "/usr/local/bin:/usr/bin:/bin");

    EXPECT_THAT(alarms(machine, {"kmod-not-loaded", "ctr-gvisor-driver", "pci-no-gpu"}), IsEmpty());
}

}  // namespace
}  // namespace envkeep::gpu

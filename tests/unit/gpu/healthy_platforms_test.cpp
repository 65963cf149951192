// SPDX-License-Identifier: MIT
#include "notebook_machine.hpp"
#include "platform_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdint>

// Notebooks and machines that people rent, each made from nothing as its platform has it: nothing
// is wrong on them.
namespace envkeep::gpu {
namespace {

using testing::alarms;
using testing::debians_libraries;
using testing::debians_site_py;
using ::testing::IsEmpty;
using testing::kernel_spec;
using testing::pins_of_cuda_126;
using testing::pins_of_cuda_128;
using testing::PlatformMachine;
using testing::virtual_environment;
using testing::words;

// field.md 4.2 and googlecolab/backend-info: the driver comes as one folder that only the variable
// names, the container asked NVIDIA's runtime for nothing, and the kernel is Colab's own launcher.
TEST(HealthyPlatform, ColabWithAT4) {
    PlatformMachine machine;
    const std::string site = "/usr/local/lib/python3.12/dist-packages";
    machine
        .drives({.version = "550.54.15",
                 .folder = "/usr/lib64-nvidia",
                 .is_mounted = false,
                 .is_proc_a_copy = false},
                {{"0000:00:04.0", "0x1eb8", "Tesla T4"}})
        .has({site, "2.8.0+cu126", "12.6", pins_of_cuda_126})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"},
              {debians_libraries + "/libtcmalloc.so.4", "plain/libcudnn_adv.so.9"},
              {"/usr/local/cuda-12.5/lib64/libcudart.so.12", "plain/libcudart.so.12"},
              {"/usr/local/cuda-12.5/lib64/stubs/libcuda.so", "driver/libcuda.so.1"}})
        .ldconfig({"/usr/local/cuda/lib64", debians_libraries})
        .kernel({"/usr/bin/python3", "-m", "colab_kernel_launcher", "-f", "/root/k.json"});
    machine.mount("/usr/lib64-nvidia")
        .python("/usr", "3.12", debians_site_py)
        .link("/usr/local/cuda", "cuda-12.5")
        .file("/usr/local/cuda-12.5/bin/nvcc", "ELF")
        .file("/usr/local/cuda-12.5/version.json", R"({"cuda": {"version": "12.5.1"}})")
        .package(site, "numpy", "2.0.2", {{"numpy/__init__.py", ""}})
        .package(site, "ipykernel", "6.17.1", {{"ipykernel/__init__.py", ""}})
        .file("/proc/100/cmdline", words({"/usr/bin/python3", "/usr/local/bin/jupyter-notebook"}))
        .file("/proc/100/environ",
              words({"PATH=/usr/bin", "HOME=/root", "LD_LIBRARY_PATH=/usr/lib64-nvidia"}))
        .space("/dev/shm", std::uint64_t{6} << 30U, std::uint64_t{6} << 30U);
    kernel_spec(machine, "/usr/local/share/jupyter/kernels/python3", "python3");
    machine.kernel_variable("HOME", "/root")
        .kernel_variable("PATH", "/opt/bin:/usr/local/nvidia/bin:/usr/local/cuda/bin:/usr/bin")
        .kernel_variable("LD_LIBRARY_PATH", "/usr/lib64-nvidia")
        .kernel_variable("LIBRARY_PATH", "/usr/local/cuda/lib64/stubs")
        .kernel_variable("LD_PRELOAD", debians_libraries + "/libtcmalloc.so.4")
        .kernel_variable("TF_FORCE_GPU_ALLOW_GROWTH", "true")
        .kernel_variable("PYTHONPATH", "/env/python");

    EXPECT_THAT(alarms(machine, {"drv-libcuda-missing", "ctr-no-nvidia-runtime"}), IsEmpty());
    EXPECT_EQ(machine.facts().notebook.what, "kernel");
}

// Kaggle/docker-python: made from Colab's image; the stub of the toolkit stands behind the driver
// in LD_LIBRARY_PATH, as the image is built where there is no card, and the loader's cache has
// neither.
TEST(HealthyPlatform, KaggleWithTwoT4) {
    PlatformMachine machine;
    const std::string site = "/usr/local/lib/python3.12/dist-packages";
    const std::string driver = "/usr/local/nvidia/lib64";
    machine
        .drives({.version = "560.35.03",
                 .folder = driver,
                 .is_mounted = false,
                 .is_proc_a_copy = false},
                {{"0000:00:04.0", "0x1eb8", "Tesla T4"}, {"0000:00:05.0", "0x1eb8", "Tesla T4", 1}})
        .has({site, "2.8.0+cu126", "12.6", pins_of_cuda_126})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"},
              {"/usr/local/cuda-12.5/lib64/stubs/libcuda.so", "driver/libcuda.so.1"}})
        .ldconfig({"/usr/local/cuda/lib64", debians_libraries})
        .kernel({"/usr/bin/python3", "-m", "ipykernel_launcher", "-f", "/tmp/k.json"});
    machine.mount("/usr/local/nvidia")
        .python("/usr", "3.12", debians_site_py)
        .link("/usr/local/cuda", "cuda-12.5")
        .link("/usr/local/cuda-12.5/lib64/stubs/libcuda.so.1", "libcuda.so")
        .file("/usr/bin/gcc-11", "ELF")
        .link("/usr/bin/gcc", "gcc-11")
        .file("/usr/include/python3.12/Python.h", "")
        .package(site, "triton", "3.4.0", {{"triton/__init__.py", ""}})
        .package(site, "numpy", "1.26.4", {{"numpy/__init__.py", ""}})
        .space("/dev/shm", std::uint64_t{15} << 30U, std::uint64_t{15} << 30U)
        .space("/", std::uint64_t{8000} << 30U, std::uint64_t{1100} << 30U)
        .kernel_variable("HOME", "/root")
        .kernel_variable("PATH", "/usr/local/nvidia/bin:/usr/local/cuda/bin:/usr/bin:/bin")
        .kernel_variable("PYTHONUSERBASE", "/root/.local")
        .kernel_variable("LD_LIBRARY_PATH",
                         driver + ":/usr/local/cuda/lib64:/usr/local/cuda/lib64/stubs");

    EXPECT_THAT(alarms(machine,
                       {"drv-stub-on-path",
                        "drv-ldcache-stale",
                        "torch-triton-libcuda",
                        "nccl-shm-small",
                        "env-device-order"}),
                IsEmpty());
}

// runpod/containers and NVIDIA's image cuda:devel below it: a toolkit, and NCCL of apt that is
// newer than torch's own, which torch finds first; the volume is a network's.
TEST(HealthyPlatform, RunpodWithAnRtx4090) {
    PlatformMachine machine;
    const std::string site = "/usr/local/lib/python3.11/dist-packages";
    machine
        .drives({.version = "550.127.05", .folder = debians_libraries},
                {{"0000:c1:00.0", "0x2684", "NVIDIA GeForce RTX 4090", 5, "0x030000"}})
        .has({.site = site,
              .version = "2.4.1+cu124",
              .cuda = "12.4",
              .pins = {{"cublas", "12.4.2.65"},
                       {"cuda-runtime", "12.4.99"},
                       {"cudnn", "9.1.0.70"},
                       {"cusparse", "12.3.0.142"},
                       {"nccl", "2.20.5"},
                       {"nvjitlink", "12.4.99"}},
              .python = "311"})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"},
              {debians_libraries + "/libnccl.so.2.21.5", "plain/libnccl.so.2"}})
        .ldconfig({"/usr/local/cuda/targets/x86_64-linux/lib", debians_libraries})
        .kernel({"/usr/bin/python3.11", "-m", "ipykernel_launcher", "-f", "/root/k.json"});
    machine.python("/usr", "3.11", debians_site_py)
        .link("/usr/local/cuda", "cuda-12.4")
        .file("/usr/local/cuda-12.4/bin/nvcc", "ELF")
        .file("/usr/local/cuda-12.4/version.json", R"({"cuda": {"version": "12.4.1"}})")
        .package(site, "numpy", "1.26.3", {{"numpy/__init__.py", ""}})
        .mount("/workspace", "fuse.mfs")
        .space("/dev/shm", std::uint64_t{29} << 30U, std::uint64_t{29} << 30U)
        .container_variable("NVIDIA_VISIBLE_DEVICES", "GPU-55a0c7e2")
        .container_variable("NVIDIA_DRIVER_CAPABILITIES", "compute,utility")
        .container_variable("NVIDIA_REQUIRE_CUDA",
                            "cuda>=12.4 brand=tesla,driver>=470,driver<471 "
                            "brand=unknown,driver>=535,driver<536")
        .kernel_variable("HOME", "/root")
        .kernel_variable("PATH", "/usr/local/nvidia/bin:/usr/local/cuda/bin:/usr/bin:/bin")
        .kernel_variable("NCCL_VERSION", "2.21.5-1")
        .kernel_variable("NVIDIA_VISIBLE_DEVICES", "GPU-55a0c7e2")
        .kernel_variable("LD_LIBRARY_PATH", "/usr/local/nvidia/lib:/usr/local/nvidia/lib64");

    EXPECT_THAT(alarms(machine,
                       {"nccl-overwritten",
                        "ctr-require-unsatisfied",
                        "tk-nvcc-torch-mismatch",
                        "pci-count-short"}),
                IsEmpty());
}

// vast-ai/base-image: the compatibility libraries of the toolkit lie in the image, and as the card
// is a GeForce nobody takes them; the environment is a venv on the image's own Python.
TEST(HealthyPlatform, VastWithAnRtx3060) {
    PlatformMachine machine;
    const std::string environment = "/venv/main";
    const std::string site = environment + "/lib/python3.12/site-packages";
    machine
        .drives({.version = "570.86.16", .folder = debians_libraries},
                {{"0000:21:00.0", "0x2487", "NVIDIA GeForce RTX 3060", 2, "0x030000"}})
        .has({site, "2.8.0+cu128", "12.8", pins_of_cuda_128})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({"/usr/local/cuda/targets/x86_64-linux/lib", debians_libraries})
        .kernel({environment + "/bin/python3", "-m", "ipykernel_launcher", "-f", "k.json"});
    machine.python("/usr", "3.12", debians_site_py)
        .compat_library("/usr/local/cuda-12.9/compat/libcuda.so.575.57.08")
        .link("/usr/local/cuda-12.9/compat/libcuda.so.1", "libcuda.so.575.57.08")
        .link("/usr/local/cuda", "cuda-12.9")
        .file("/usr/local/cuda-12.9/bin/nvcc", "ELF");
    virtual_environment(machine, environment, "/usr/bin/python3.12", "3.12")
        .package(site, "numpy", "2.3.1", {{"numpy/__init__.py", ""}})
        .container_variable("NVIDIA_VISIBLE_DEVICES", "all")
        .container_variable("NVIDIA_DRIVER_CAPABILITIES", "all")
        .kernel_variable("HOME", "/root")
        .kernel_variable("VIRTUAL_ENV", environment)
        .kernel_variable("PATH", environment + "/bin:/usr/local/cuda/bin:/usr/bin:/bin");

    EXPECT_THAT(alarms(machine, {"drv-compat-unsupported-hw", "drv-compat-not-needed"}), IsEmpty());
}

// NVIDIA's release notes of its PyTorch containers: torch of NVIDIA's own build with the CUDA of
// the image, whose entry point takes the compatibility folder away where the driver is new enough.
TEST(HealthyPlatform, NvidiasContainerOnAnH100) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "ldconfig of another root needs root";
    }
    PlatformMachine machine;
    const std::string site = "/usr/local/lib/python3.12/dist-packages";
    const std::string toolkit = "/usr/local/cuda-12.8/targets/x86_64-linux/lib";
    machine
        .drives({.version = "570.124.06", .folder = debians_libraries, .is_open = true},
                {{"0000:04:00.0", "0x2330", "NVIDIA H100 80GB HBM3"}})
        .has({site, "2.7.0a0+7c8ec84dab.nv25.03", "12.8", {}})
        .cuda_in(toolkit)
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({toolkit, debians_libraries})
        .kernel({"/usr/bin/python", "-m", "ipykernel_launcher", "-f", "/root/k.json"});
    machine.python("/usr", "3.12", debians_site_py)
        .link("/usr/bin/python", "python3")
        .link("/usr/local/cuda", "cuda-12.8")
        .library("/usr/local/cuda-12.8/compat/lib.real/libcuda.so.570.124.06")
        .link("/usr/local/cuda-12.8/compat/lib.real/libcuda.so.1", "libcuda.so.570.124.06")
        .file("/usr/local/cuda-12.8/bin/nvcc", "ELF")
        .file("/usr/local/cuda-12.8/version.json", R"({"cuda": {"version": "12.8.1"}})")
        .package(site, "numpy", "1.26.4", {{"numpy/__init__.py", ""}})
        .container_variable("NVIDIA_VISIBLE_DEVICES", "all")
        .container_variable("NVIDIA_DRIVER_CAPABILITIES", "compute,utility,video")
        .container_variable("NVIDIA_REQUIRE_CUDA", "cuda>=9.0")
        .kernel_variable("HOME", "/root")
        .kernel_variable("PATH", "/usr/local/nvidia/bin:/usr/local/cuda/bin:/usr/bin:/bin")
        .kernel_variable("CUDA_CACHE_DISABLE", "1")
        .kernel_variable("CUDA_MODULE_LOADING", "LAZY")
        .kernel_variable("TORCH_CUDA_ARCH_LIST", "7.5 8.0 8.6 9.0 10.0 12.0+PTX")
        .kernel_variable("LD_LIBRARY_PATH",
                         "/usr/local/cuda/compat/lib:/usr/local/nvidia/lib:"
                         "/usr/local/nvidia/lib64");

    EXPECT_THAT(alarms(machine, {"drv-compat-not-needed", "env-jit-cache", "cudnn-missing"}),
                IsEmpty());
}

// The same for CUDA 12.9 on a host with driver 550, where the compatibility libraries are needed.
TEST(HealthyPlatform, NvidiasContainerWithTheCompatibilityItNeeds) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "ldconfig of another root needs root";
    }
    PlatformMachine machine;
    const std::string site = "/usr/local/lib/python3.12/dist-packages";
    const std::string toolkit = "/usr/local/cuda-12.9/targets/x86_64-linux/lib";
    machine
        .drives({.version = "550.163.01", .folder = debians_libraries},
                {{"0000:07:00.0", "0x20b2", "NVIDIA A100-SXM4-80GB"}})
        .has({site, "2.8.0a0+5228986c39.nv25.06", "12.9", {}})
        .cuda_in(toolkit)
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({toolkit, debians_libraries})
        .kernel({"/usr/bin/python3", "-m", "ipykernel_launcher", "-f", "/root/k.json"});
    machine.python("/usr", "3.12", debians_site_py)
        .link("/usr/local/cuda", "cuda-12.9")
        .compat_library("/usr/local/cuda-12.9/compat/lib.real/libcuda.so.575.57.08")
        .link("/usr/local/cuda-12.9/compat/lib.real/libcuda.so.1", "libcuda.so.575.57.08")
        .link("/usr/local/cuda-12.9/compat/lib", "lib.real")
        .container_variable("NVIDIA_VISIBLE_DEVICES", "all")
        .container_variable("NVIDIA_REQUIRE_CUDA", "cuda>=12.9")
        .kernel_variable("HOME", "/root")
        .kernel_variable("PATH", "/usr/local/nvidia/bin:/usr/local/cuda/bin:/usr/bin:/bin")
        .kernel_variable("LD_LIBRARY_PATH",
                         "/usr/local/cuda/compat/lib:/usr/local/nvidia/lib:"
                         "/usr/local/nvidia/lib64");

    EXPECT_THAT(
        alarms(
            machine,
            {"drv-compat-wrong-branch", "kmod-user-version-mismatch", "ctr-require-unsatisfied"}),
        IsEmpty());
}

// aws/sagemaker-distribution and field.md 4.2: conda's base environment with conda-forge's build
// for CUDA, whose libraries lie in the environment; a user who is not root, and a home that is
// kept.
TEST(HealthyPlatform, SagemakerStudioOnAnA10g) {
    PlatformMachine machine;
    const std::string site = "/opt/conda/lib/python3.12/site-packages";
    const std::string home = "/home/sagemaker-user";
    machine
        .drives({.version = "550.163.01", .folder = debians_libraries},
                {{"0000:00:1e.0", "0x2237", "NVIDIA A10G"}})
        .has({.site = site, .version = "2.6.0", .cuda = "12.6", .pins = {}, .made = "torch_conda"})
        .cuda_in("/opt/conda/lib")
        .put({{"/opt/conda/lib/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"},
              {debians_libraries + "/libstdc++.so.6", "cpp_3.4.25/libstdc++.so.6"}})
        .ldconfig({debians_libraries})
        .kernel({"/opt/conda/bin/python", "-m", "ipykernel_launcher", "-f", home + "/k.json"});
    machine.python("/opt/conda", "3.12")
        .link("/opt/conda/bin/python", "python3.12")
        .file("/opt/conda/conda-meta/history", "")
        .file(
            "/opt/conda/conda-meta/pytorch-2.6.0-cuda126_generic_py312_h8fae0ef_200.json",
            R"({"name": "pytorch", "version": "2.6.0", "build": "cuda126_generic_py312_h8fae0ef_200"})")
        .package(site, "numpy", "1.26.4", {{"numpy/__init__.py", ""}})
        .file("/opt/ml/metadata/resource-metadata.json", R"({"AppType": "JupyterLab"})")
        .mount(home)
        .space(home, std::uint64_t{5} << 30U, std::uint64_t{3} << 30U)
        .space("/dev/shm", std::uint64_t{8} << 30U, std::uint64_t{8} << 30U)
        .container_variable("NVIDIA_VISIBLE_DEVICES", "all")
        .container_variable("NVIDIA_DRIVER_CAPABILITIES", "compute,utility")
        .kernel_variable("HOME", home)
        .kernel_variable("SAGEMAKER_APP_TYPE", "JupyterLab")
        .kernel_variable("CONDA_PREFIX", "/opt/conda")
        .kernel_variable("PATH", "/opt/conda/bin:/usr/local/bin:/usr/bin:/bin")
        .user(1000, home);

    EXPECT_THAT(alarms(machine, {"ld-libstdcxx-old", "torch-conda-cpu-build", "cudnn-missing"}),
                IsEmpty());
}

// Paperspace/fastai-docker and field.md 4.1: a Maxwell card, torch of the time that still has code
// for it and brings all its libraries in its own folder, and USER says fastai though the user is
// root.
TEST(HealthyPlatform, GradientsFastaiImageOnAnM4000) {
    PlatformMachine machine;
    const std::string conda = "/root/mambaforge";
    const std::string site = conda + "/lib/python3.10/site-packages";
    machine
        .drives({.version = "525.116.04", .folder = debians_libraries},
                {{"0000:00:05.0", "0x13f1", "Quadro M4000", 0, "0x030000"}})
        .has({.site = site,
              .version = "1.13.1+cu117",
              .cuda = "11.7",
              .pins = {},
              .python = "310",
              .made = "torch_whole"})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"},
              {site + "/torch/lib/libcudart.so.12", "plain/libcudart.so.12"},
              {site + "/torch/lib/libcublas.so.12", "plain/libcublas.so.12"},
              {site + "/torch/lib/libcusparse.so.12", "plain/libcusparse.so.12"},
              {site + "/torch/lib/libnvJitLink.so.12", "cuda_12_1/libnvJitLink.so.12"},
              {site + "/torch/lib/libnccl.so.2", "plain/libnccl.so.2"},
              {site + "/torch/lib/libcudnn.so.8", "plain/libcudnn.so.8"},
              {site + "/torch/lib/libcudnn_ops_infer.so.8", "plain/libcudnn_ops_infer.so.8"},
              {site + "/torch/lib/libcudnn_cnn_infer.so.8", "plain/libcudnn_cnn_infer.so.8"}})
        .ldconfig({debians_libraries})
        .kernel({conda + "/bin/python3", "-m", "ipykernel_launcher", "-f", "/root/k.json"});
    machine.python(conda, "3.10")
        .file(conda + "/conda-meta/history", "")
        .package(site, "numpy", "1.23.5", {{"numpy/__init__.py", ""}})
        .package("/root/.local/lib/python3.10/site-packages", "fastai", "2.7.12")
        .mount("/storage", "nfs4")
        .mount("/notebooks")
        .space("/dev/shm", std::uint64_t{15} << 30U, std::uint64_t{15} << 30U)
        .container_variable("NVIDIA_VISIBLE_DEVICES", "all")
        .container_variable("NVIDIA_DRIVER_CAPABILITIES", "compute,utility")
        .kernel_variable("HOME", "/root")
        .kernel_variable("USER", "fastai")
        .kernel_variable("PATH", conda + "/bin:/usr/local/bin:/usr/bin:/bin");

    EXPECT_THAT(
        alarms(
            machine,
            {"torch-arch-old-gpu", "kmod-gpu-legacy", "cudnn-gpu-dropped", "torch-driver-too-old"}),
        IsEmpty());
}

// NVIDIA's MIG user guide and its device plugin: one instance of a card, whose node of capabilities
// is there while those of the host's other instances are not.
TEST(HealthyPlatform, AnInstanceOfAnH100InKubernetes) {
    PlatformMachine machine;
    const std::string site = "/usr/local/lib/python3.12/site-packages";
    const std::string mig = "/proc/driver/nvidia/capabilities/gpu3/mig/";
    machine
        .drives({.version = "565.57.01", .folder = debians_libraries, .is_open = true},
                {{"0000:9d:00.0", "0x2330", "NVIDIA H100 80GB HBM3", 3}})
        .has({site, "2.8.0+cu126", "12.6", pins_of_cuda_126})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries})
        .kernel({"/usr/local/bin/python3", "-m", "ipykernel_launcher", "-f", "/tmp/k.json"});
    machine.python("/usr/local", "3.12")
        .file(mig + "gi9/ci0/access", "DeviceFileMinor: 84\nDeviceFileMode: 292\n")
        .file(mig + "gi11/ci0/access", "DeviceFileMinor: 102\nDeviceFileMode: 292\n")
        .node("/dev/nvidia-caps/nvidia-cap84", 236, 84)
        .package(site, "numpy", "2.1.3", {{"numpy/__init__.py", ""}})
        .container_variable("NVIDIA_VISIBLE_DEVICES", "MIG-c4f2a7e0-51cc-5f8e-b6c1-0d6f7f1b3a92")
        .kernel_variable("HOME", "/home/jovyan")
        .kernel_variable("CUDA_VISIBLE_DEVICES", "MIG-c4f2a7e0-51cc-5f8e-b6c1-0d6f7f1b3a92")
        .kernel_variable("PATH", "/usr/local/bin:/usr/bin:/bin")
        .user(1000, "/home/jovyan");

    EXPECT_THAT(alarms(machine, {"dev-mig-caps-missing", "env-cvd-bad-uuid", "pci-count-short"}),
                IsEmpty());
}

}  // namespace
}  // namespace envkeep::gpu

// SPDX-License-Identifier: MIT
#include "notebook_machine.hpp"
#include "platform_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Machines of platforms that people rent or own, each made from nothing: nothing is wrong on them.
namespace envkeep::gpu {
namespace {

using testing::alarms;
using ::testing::IsEmpty;
using testing::kernel_spec;
using testing::PlatformMachine;
using testing::virtual_environment;
using testing::words;

const std::string debians = "sitepackages.append(\"dist-packages\")\n";
const std::string debians_libraries = "/usr/lib/x86_64-linux-gnu";

// What torch 2.6 to 2.9 for CUDA 12.6 and 12.8 pins (compat.json, nvidia_component_pins).
const std::map<std::string, std::string> pins_of_cuda_126{{"cublas", "12.6.4.1"},
                                                          {"cuda-runtime", "12.6.77"},
                                                          {"cudnn", "9.10.2.21"},
                                                          {"cusparse", "12.5.4.2"},
                                                          {"nccl", "2.27.3"},
                                                          {"nvjitlink", "12.6.85"}};
const std::map<std::string, std::string> pins_of_cuda_128{{"cublas", "12.8.4.1"},
                                                          {"cuda-runtime", "12.8.90"},
                                                          {"cudnn", "9.10.2.21"},
                                                          {"cusparse", "12.5.8.93"},
                                                          {"nccl", "2.27.3"},
                                                          {"nvjitlink", "12.8.93"}};

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
        .python("/usr", "3.12", debians)
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

    EXPECT_THAT(alarms(machine), IsEmpty());
    EXPECT_EQ(machine.facts().notebook.what, "kernel");
}

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
    for (const std::string name : {"libcudart.so.12",
                                   "libcublas.so.12",
                                   "libnccl.so.2",
                                   "libcudnn.so.9",
                                   "libcudnn_graph.so.9",
                                   "libcudnn_ops.so.9",
                                   "libcudnn_cnn.so.9",
                                   "libcudnn_adv.so.9"}) {
        machine.put({{debians_libraries + '/' + name, "plain/" + name}});
    }
    machine
        .put({{debians_libraries + "/libcusparse.so.12", "cuda_12_1/libcusparse.so.12"},
              {debians_libraries + "/libnvJitLink.so.12", "cuda_12_1/libnvJitLink.so.12"},
              {debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .has({site, "2.7.0", "12.8", {}})
        .ldconfig({debians_libraries})
        .kernel({"/usr/bin/python3", "-m", "ipykernel_launcher", "-f", "/home/ubuntu/k.json"});
    machine.python("/usr", "3.12", debians)
        .file("/usr/lib/python3.12/EXTERNALLY-MANAGED", "[externally-managed]\nError=use apt\n")
        .package(site, "numpy", "1.26.4", {{"numpy/__init__.py", ""}})
        .file("/var/lib/dpkg/info/libnvidia-compute-570:amd64.list",
              "/.\n" + debians_libraries + "/libcuda.so.570.148.08\n")
        .kernel_variable("HOME", "/home/ubuntu")
        .kernel_variable("PATH", "/home/ubuntu/.local/bin:/usr/local/bin:/usr/bin:/bin")
        .user(1000, "/home/ubuntu");

    EXPECT_THAT(alarms(machine), IsEmpty());
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

    EXPECT_THAT(alarms(machine), IsEmpty());
}

}  // namespace
}  // namespace envkeep::gpu

// SPDX-License-Identifier: MIT
#include "library_machine.hpp"
#include "notebook_machine.hpp"
#include "platform_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdint>

// Machines with other frameworks than torch, or more of them, each made from nothing: nothing is
// wrong on them.
namespace envkeep::gpu {
namespace {

using testing::alarms;
using ::testing::Contains;
using testing::debians_libraries;
using testing::debians_site_py;
using ::testing::ElementsAre;
using testing::faults_in;
using ::testing::IsEmpty;
using testing::made;
using testing::pins_of_cuda_126;
using testing::PlatformMachine;
using testing::virtual_environment;

const std::string build_info = "tensorflow/python/platform/build_info.py";

// TensorFlow's own image for 2.15 and Google's guide to GPUs in its Kubernetes: CUDA and cuDNN 8
// are Debian packages, the driver is a folder of the host's, and TensorFlow has code for this card.
TEST(HealthyStack, TensorflowsImageWithAV100) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "ldconfig of another root needs root";
    }
    PlatformMachine machine;
    const std::string site = "/usr/local/lib/python3.11/dist-packages";
    const std::string toolkit = "/usr/local/cuda-12.2/targets/x86_64-linux/lib";
    machine
        .drives({.version = "535.183.01",
                 .folder = "/usr/local/nvidia/lib64",
                 .is_mounted = false,
                 .is_proc_a_copy = false},
                {{"0000:00:04.0", "0x1db1", "Tesla V100-SXM2-16GB"}})
        .cuda_in(toolkit)
        .put({{toolkit + "/libcufft.so.11", "plain/libcufft.so.11"},
              {toolkit + "/libcusolver.so.11", "plain/libcusolver.so.11"},
              {debians_libraries + "/libcudnn.so.8", "plain/libcudnn.so.8"}})
        .ldconfig({toolkit, debians_libraries})
        .kernel({"/usr/bin/python3", "-m", "ipykernel_launcher", "-f", "/root/k.json"});
    machine.python("/usr", "3.11", debians_site_py)
        .mount("/usr/local/nvidia")
        .link("/usr/local/cuda", "cuda-12.2")
        .file("/usr/local/cuda-12.2/nvvm/libdevice/libdevice.10.bc", "BC")
        .package(
            site,
            "tensorflow",
            "2.15.0",
            {{"tensorflow/__init__.py", ""},
             {"tensorflow/libtensorflow_cc.so.2", made("tensorflow_plain/libtensorflow_cc.so.2")},
             {build_info,
              "build_info = collections.OrderedDict([('cpu_compiler', 'clang'), "
              "('cuda_compute_capabilities', ['sm_60', 'sm_70', 'sm_80', 'sm_89', "
              "'compute_90']), ('cuda_version', '12.2'), ('cudnn_version', '8'), "
              "('is_cuda_build', True)])\n"}})
        .package(site, "numpy", "1.26.4", {{"numpy/__init__.py", ""}})
        .kernel_variable("HOME", "/root")
        .kernel_variable("PATH", "/usr/local/nvidia/bin:/usr/local/cuda/bin:/usr/bin:/bin")
        .kernel_variable("LD_LIBRARY_PATH",
                         "/usr/local/cuda/lib64:/usr/local/nvidia/lib:/usr/local/nvidia/lib64");

    EXPECT_THAT(alarms(machine, {"tf-cannot-dlopen", "tf-arch-missing", "ctr-no-nvidia-runtime"}),
                IsEmpty());

    machine.remove(toolkit + "/libcufft.so.11");
    EXPECT_THAT(faults_in(machine), ElementsAre("tf-cannot-dlopen"));
}

// TensorFlow's guide to pip, `tensorflow[and-cuda]`, in a virtual environment of its own: NVIDIA's
// packages are found by its own search path, and the system's older cuDNN is not.
TEST(HealthyStack, TensorflowOfPipWithAnA100) {
    PlatformMachine machine;
    const std::string environment = "/srv/tf";
    const std::string site = environment + "/lib/python3.11/site-packages";
    machine
        .drives({.version = "550.90.07",
                 .folder = debians_libraries,
                 .is_mounted = false,
                 .is_proc_a_copy = false},
                {{"0000:00:04.0", "0x20b0", "NVIDIA A100-SXM4-40GB"}})
        .nvidia(site,
                {{"cublas", "12.5.3.2"},
                 {"cuda-runtime", "12.5.82"},
                 {"cudnn", "9.3.0.75"},
                 {"cufft", "11.2.3.61"},
                 {"cusolver", "11.6.3.83"},
                 {"cusparse", "12.5.1.3"},
                 {"nvjitlink", "12.5.82"}})
        .put({{debians_libraries + "/libcudnn.so.8", "plain/libcudnn.so.8"}})
        .ldconfig({debians_libraries})
        .kernel({environment + "/bin/python", "-m", "ipykernel_launcher", "-f", "k.json"});
    machine.python("/usr", "3.11", debians_site_py);
    virtual_environment(machine, environment, "/usr/bin/python3.11", "3.11")
        .package(site,
                 "tensorflow",
                 "2.18.0",
                 {{"tensorflow/__init__.py", ""},
                  {"tensorflow/libtensorflow_cc.so.2", made("tensorflow/libtensorflow_cc.so.2")},
                  {build_info,
                   "build_info = collections.OrderedDict([('cuda_compute_capabilities', "
                   "['sm_60', 'sm_70', 'sm_80', 'sm_89', 'compute_90']), ('cuda_version', "
                   "'12.5.1'), ('cudnn_version', '9'), ('is_cuda_build', True)])\n"}})
        .file(site + "/nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc", "BC")
        .package(site, "numpy", "2.0.2", {{"numpy/__init__.py", ""}})
        .kernel_variable("HOME", "/root")
        .kernel_variable("TF_FORCE_GPU_ALLOW_GROWTH", "true")
        .kernel_variable("TF_CPP_MIN_LOG_LEVEL", "2")
        .kernel_variable("PATH", environment + "/bin:/usr/bin:/bin");

    EXPECT_THAT(alarms(machine, {"tf-cpu-only", "tf-cannot-dlopen", "cudnn-missing"}), IsEmpty());
}

// jax' guide to its installation: the plugin is of jaxlib's version and newer libraries than it was
// built with are beside it; jax is newer than both, which it may be.
TEST(HealthyStack, JaxOfPipWithAnL4) {
    PlatformMachine machine;
    const std::string site = "/usr/local/lib/python3.12/site-packages";
    machine
        .drives({.version = "570.172.08", .folder = debians_libraries, .is_open = true},
                {{"0000:00:03.0", "0x27b8", "NVIDIA L4"}})
        .nvidia(site,
                {{"cublas", "12.9.1.4"},
                 {"cuda-runtime", "12.9.79"},
                 {"cudnn", "9.12.0.46"},
                 {"cufft", "11.4.1.4"},
                 {"cusolver", "11.7.5.82"},
                 {"cusparse", "12.5.10.65"},
                 {"nccl", "2.27.7"},
                 {"nvjitlink", "12.9.86"}})
        .put({{site + "/jax_plugins/xla_cuda12/xla_cuda_plugin.so", "jax/xla_cuda_plugin.so"}})
        .ldconfig({debians_libraries})
        .kernel({"/usr/local/bin/python3", "-m", "ipykernel_launcher", "-f", "/root/k.json"});
    machine.python("/usr/local", "3.12")
        .package(site, "jax", "0.7.1", {{"jax/__init__.py", ""}})
        .package(site, "jaxlib", "0.7.0", {{"jaxlib/__init__.py", ""}})
        .package(site, "jax-cuda12-pjrt", "0.7.0")
        .package(site,
                 "jax-cuda12-plugin",
                 "0.7.0",
                 {},
                 {"nvidia-cudnn-cu12<10.0,>=9.8 ; extra == 'with-cuda'"})
        .file(site + "/nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc", "BC")
        .package(site, "numpy", "2.3.2", {{"numpy/__init__.py", ""}})
        .container_variable("NVIDIA_VISIBLE_DEVICES", "all")
        .container_variable("NVIDIA_DRIVER_CAPABILITIES", "compute,utility")
        .kernel_variable("HOME", "/root")
        .kernel_variable("XLA_PYTHON_CLIENT_MEM_FRACTION", "0.9")
        .kernel_variable("JAX_PLATFORMS", "cuda,cpu")
        .kernel_variable("PATH", "/usr/local/bin:/usr/bin:/bin");

    EXPECT_THAT(
        alarms(
            machine,
            {"jax-plugin-skew", "jax-cpu-only", "cudnn-older-than-built", "env-platform-forced"}),
        IsEmpty());

    machine.package(site, "jax-cuda12-plugin", "0.6.2");
    EXPECT_THAT(faults_in(machine), Contains("jax-plugin-skew"));
}

// onnxruntime's notes on CUDA: its provider needs what torch brings, and finds it after `import
// torch`; cupy is one wheel and bitsandbytes has a library for torch's CUDA.
TEST(HealthyStack, OnnxruntimeBesideTorchWithAnA6000) {
    PlatformMachine machine;
    const std::string site = "/usr/local/lib/python3.12/dist-packages";
    machine
        .drives({.version = "560.35.05", .folder = debians_libraries},
                {{"0000:41:00.0", "0x2230", "NVIDIA RTX A6000"}})
        .has({site, "2.8.0+cu126", "12.6", pins_of_cuda_126})
        .put({{site + "/onnxruntime/capi/libonnxruntime_providers_cuda.so",
               "onnxruntime/libonnxruntime_providers_cuda.so"},
              {debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries})
        .kernel({"/usr/bin/python3", "-m", "ipykernel_launcher", "-f", "/root/k.json"});
    machine.python("/usr", "3.12", debians_site_py)
        .package(site, "onnxruntime-gpu", "1.22.0", {{"onnxruntime/__init__.py", ""}})
        .package(site, "cupy-cuda12x", "13.5.1", {{"cupy/__init__.py", ""}})
        .package(site,
                 "bitsandbytes",
                 "0.46.1",
                 {{"bitsandbytes/__init__.py", ""},
                  {"bitsandbytes/libbitsandbytes_cuda118.so", "x"},
                  {"bitsandbytes/libbitsandbytes_cuda126.so", "x"},
                  {"bitsandbytes/libbitsandbytes_cpu.so", "x"}})
        .package(site, "numpy", "2.2.6", {{"numpy/__init__.py", ""}})
        .container_variable("NVIDIA_VISIBLE_DEVICES", "0")
        .kernel_variable("HOME", "/root")
        .kernel_variable("PATH", "/usr/local/bin:/usr/bin:/bin");

    EXPECT_THAT(alarms(machine, {"ort-cuda-major", "ort-two-packages", "bnb-lib-missing"}),
                IsEmpty());
}

// RAPIDS' images: conda's cupy in conda's base environment, an MPS daemon of the host's whose pipes
// are mounted, and no torch at all.
TEST(HealthyStack, RapidsOfCondaWithAnL40s) {
    PlatformMachine machine;
    const std::string site = "/opt/conda/lib/python3.12/site-packages";
    machine
        .drives({.version = "570.133.20", .folder = debians_libraries, .is_open = true},
                {{"0000:16:00.0", "0x26b9", "NVIDIA L40S"}})
        .ldconfig({debians_libraries})
        .kernel({"/opt/conda/bin/python3", "-m", "ipykernel_launcher", "-f", "/tmp/k.json"});
    machine.python("/opt/conda", "3.12")
        .file("/opt/conda/conda-meta/history", "")
        .file("/opt/conda/conda-meta/cupy-13.4.1-py312h78400a1_0.json",
              R"({"name": "cupy", "version": "13.4.1", "build": "py312h78400a1_0"})")
        .package(site, "cupy", "13.4.1", {{"cupy/__init__.py", ""}})
        .package(site, "numpy", "2.2.6", {{"numpy/__init__.py", ""}})
        .file("/tmp/nvidia-mps/control", "")
        .mount("/tmp/nvidia-mps", "tmpfs")
        .space("/dev/shm", std::uint64_t{1} << 30U, std::uint64_t{1} << 30U)
        .container_variable("NVIDIA_VISIBLE_DEVICES", "all")
        .kernel_variable("HOME", "/home/rapids")
        .kernel_variable("CONDA_PREFIX", "/opt/conda")
        .kernel_variable("PATH", "/opt/conda/bin:/usr/bin:/bin")
        .user(1001, "/home/rapids");

    EXPECT_THAT(alarms(machine, {"cupy-two-wheels", "env-mps-pipe"}), IsEmpty());
}

}  // namespace
}  // namespace envkeep::gpu

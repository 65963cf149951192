// SPDX-License-Identifier: MIT
#include "notebook_machine.hpp"
#include "platform_machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>

// Clusters, hubs and images that many people share, each made from nothing: nothing is wrong on
// them.
namespace envkeep::gpu {
namespace {

using testing::alarms;
using testing::debians_libraries;
using testing::debians_site_py;
using ::testing::IsEmpty;
using testing::kernel_spec;
using testing::pins_of_cuda_126;
using testing::PlatformMachine;
using testing::virtual_environment;
using testing::words;

// Apptainer's guide to GPUs (--nv): the host's libraries are bound by their names alone into a
// folder that LD_LIBRARY_PATH names; /dev and /proc are the host's, the image has no runtime of
// NVIDIA's.
TEST(HealthyCluster, ApptainerWithAnA100) {
    PlatformMachine machine;
    const std::string folder = "/.singularity.d/libs";
    const std::string site = "/opt/conda/lib/python3.11/site-packages";
    machine
        .drives({.version = "535.161.08",
                 .folder = folder,
                 .is_mounted = false,
                 .is_proc_a_copy = false},
                {{"0000:41:00.0", "0x20b1", "NVIDIA A100-PCIE-40GB"}})
        .has({.site = site,
              .version = "2.4.1+cu121",
              .cuda = "12.1",
              .pins = {{"cublas", "12.1.3.1"},
                       {"cuda-runtime", "12.1.105"},
                       {"cudnn", "9.1.0.70"},
                       {"cusparse", "12.1.0.106"},
                       {"nccl", "2.20.5"},
                       {"nvjitlink", "12.1.105"}},
              .python = "311"})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries})
        .kernel({"/opt/conda/bin/python3", "-m", "ipykernel_launcher", "-f", "/home/ada/k.json"});
    for (const std::string name :
         {"libcuda.so", "libnvidia-ml.so", "libnvidia-ptxjitcompiler.so"}) {
        machine.remove(folder + '/' + name + ".1").remove(folder + '/' + name + ".535.161.08");
        machine.put({{folder + '/' + name + ".1", "driver/" + name + ".1"}});
        std::filesystem::resize_file(machine.root() + folder + '/' + name + ".1", 20U << 20U);
        machine.mount(folder + '/' + name + ".1", "nfs");
    }
    machine.python("/opt/conda", "3.11")
        .file("/opt/conda/conda-meta/history", "")
        .package(site, "numpy", "1.26.4", {{"numpy/__init__.py", ""}})
        .package(site, "triton", "3.0.0", {{"triton/__init__.py", ""}})
        .package("/home/ada/.local/lib/python3.11/site-packages", "einops", "0.8.0")
        .file("/usr/bin/gcc-12", "ELF")
        .link("/usr/bin/gcc", "gcc-12")
        .file("/opt/conda/include/python3.11/Python.h", "")
        .mount("/home/ada", "nfs4")
        .space("/", 64U << 20U, 60U << 20U)
        .space("/dev/shm", std::uint64_t{250} << 30U, std::uint64_t{250} << 30U)
        .kernel_variable("HOME", "/home/ada")
        .kernel_variable("LD_LIBRARY_PATH", folder)
        .kernel_variable("PATH", "/opt/conda/bin:/usr/local/bin:/usr/bin:/bin")
        .user(20517, "/home/ada");

    EXPECT_THAT(alarms(machine,
                       {"drv-libcuda-in-image",
                        "drv-stub-on-path",
                        "torch-triton-libcuda",
                        "ctr-no-nvidia-runtime",
                        "res-disk-full"}),
                IsEmpty());
}

// EasyBuild's documents of its PyTorch: each package is a module of its own that PYTHONPATH and
// LD_LIBRARY_PATH name, with CUDA and cuDNN as modules too.
TEST(HealthyCluster, ModulesOfEasybuild) {
    PlatformMachine machine;
    const std::string apps = "/apps/software/";
    const std::string python = apps + "Python/3.11.3-GCCcore-12.3.0";
    const std::string site = apps + "PyTorch/2.1.2-CUDA-12.1.1/lib/python3.11/site-packages";
    const std::string scipy = apps + "SciPy-bundle/2023.07/lib/python3.11/site-packages";
    const std::string cuda = apps + "CUDA/12.1.1";
    machine
        .drives({.version = "550.54.15",
                 .folder = "/usr/lib64",
                 .is_mounted = false,
                 .is_proc_a_copy = false},
                {{"0000:17:00.0", "0x20b0", "NVIDIA A100-SXM4-40GB"}})
        .has({.site = site, .version = "2.1.2", .cuda = "12.1", .pins = {}, .python = "311"})
        .cuda_in(cuda + "/lib64")
        .put({{apps + "GCCcore/12.3.0/lib64/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"},
              {"/usr/lib64/libstdc++.so.6", "cpp_3.4.25/libstdc++.so.6"},
              {cuda + "/stubs/lib64/libcuda.so", "driver/libcuda.so.1"}})
        .ldconfig({"/usr/lib64"})
        .kernel({python + "/bin/python3", "-m", "ipykernel_launcher", "-f", "/home/ada/k.json"});
    machine.python(python, "3.11")
        .python("/usr", "3.6")
        .package(scipy, "numpy", "1.25.1", {{"numpy/__init__.py", ""}})
        .file(cuda + "/bin/nvcc", "ELF")
        .file(cuda + "/version.json", R"({"cuda": {"version": "12.1.1"}})")
        .package("/home/ada/.local/lib/python3.11/site-packages", "black", "24.1.0")
        .space("/dev/shm", std::uint64_t{250} << 30U, std::uint64_t{250} << 30U)
        .kernel_variable("HOME", "/home/ada")
        .kernel_variable("CUDA_HOME", cuda)
        .kernel_variable("PYTHONPATH", site + ':' + scipy)
        .kernel_variable("LIBRARY_PATH", cuda + "/stubs/lib64")
        .kernel_variable("LD_LIBRARY_PATH", cuda + "/lib64:" + apps + "GCCcore/12.3.0/lib64")
        .kernel_variable("PATH", python + "/bin:" + cuda + "/bin:/usr/bin:/bin")
        .user(20517, "/home/ada");

    EXPECT_THAT(alarms(machine,
                       {"py-pythonpath-shadow",
                        "ld-libstdcxx-old",
                        "drv-stub-on-path",
                        "ld-nvjitlink-old",
                        "ld-cudnn-mixed"}),
                IsEmpty());
}

// AWS' Deep Learning AMI: several toolkits, and LD_LIBRARY_PATH leads to an older NCCL than
// torch's, with NCCL's plugin and variables for its network.
TEST(HealthyCluster, DeepLearningAmiOfAws) {
    PlatformMachine machine;
    const std::string environment = "/opt/pytorch";
    const std::string site = environment + "/lib/python3.12/site-packages";
    machine
        .drives({.version = "570.172.08",
                 .folder = debians_libraries,
                 .is_open = true,
                 .is_mounted = false,
                 .is_proc_a_copy = false},
                {{"0000:00:1b.0", "0x2237", "NVIDIA A10G", 0},
                 {"0000:00:1c.0", "0x2237", "NVIDIA A10G", 1},
                 {"0000:00:1d.0", "0x2237", "NVIDIA A10G", 2},
                 {"0000:00:1e.0", "0x2237", "NVIDIA A10G", 3}})
        .has({site, "2.8.0+cu126", "12.6", pins_of_cuda_126})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"},
              {"/usr/local/cuda-12.6/lib/libnccl.so.2.23.4", "plain/libnccl.so.2"},
              {"/usr/local/cuda-12.6/lib64/libcudart.so.12", "plain/libcudart.so.12"},
              {"/usr/local/cuda-12.8/lib64/libcudart.so.12", "plain/libcudart.so.12"}})
        .ldconfig({debians_libraries})
        .kernel({environment + "/bin/python", "-m", "ipykernel_launcher", "-f", "k.json"});
    machine.link("/usr/local/cuda-12.6/lib/libnccl.so.2", "libnccl.so.2.23.4")
        .link("/usr/local/cuda", "cuda-12.6")
        .file("/usr/local/cuda-12.6/bin/nvcc", "ELF")
        .python("/usr", "3.12", debians_site_py);
    virtual_environment(machine, environment, "/usr/bin/python3.12", "3.12")
        .package(site, "numpy", "2.2.6", {{"numpy/__init__.py", ""}})
        .space("/dev/shm", std::uint64_t{90} << 30U, std::uint64_t{90} << 30U)
        .kernel_variable("HOME", "/home/ubuntu")
        .kernel_variable("CUDA_HOME", "/usr/local/cuda")
        .kernel_variable("NCCL_DEBUG", "WARN")
        .kernel_variable("NCCL_PROTO", "simple")
        .kernel_variable("FI_PROVIDER", "efa")
        .kernel_variable("LD_LIBRARY_PATH",
                         "/opt/amazon/efa/lib:/opt/amazon/ofi-nccl/lib:/usr/local/cuda/lib:"
                         "/usr/local/cuda/lib64")
        .kernel_variable("PATH", environment + "/bin:/usr/local/cuda/bin:/usr/bin:/bin")
        .user(1000, "/home/ubuntu");

    EXPECT_THAT(alarms(machine, {"nccl-overwritten", "nccl-shm-small", "env-device-order"}),
                IsEmpty());
}

// Databricks' runtime for machine learning: an environment of the notebook's own over the
// cluster's, which a .pth file adds, and PYTHONPATH leads to Spark.
TEST(HealthyCluster, DatabricksWithAT4) {
    PlatformMachine machine;
    const std::string cluster = "/databricks/python";
    const std::string own = "/local_disk0/.ephemeral_nfs/envs/pythonEnv-7f1c";
    const std::string site = cluster + "/lib/python3.12/site-packages";
    machine
        .drives({.version = "550.144.03", .folder = debians_libraries},
                {{"0001:00:00.0", "0x1eb8", "Tesla T4"}})
        .has({site, "2.8.0+cu126", "12.6", pins_of_cuda_126})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries})
        .kernel({own + "/bin/python", "-m", "ipykernel_launcher", "-f", "/databricks/k.json"});
    machine.python("/usr", "3.12", debians_site_py);
    virtual_environment(machine, cluster, "/usr/bin/python3.12", "3.12");
    virtual_environment(machine, own, "/usr/bin/python3.12", "3.12")
        .file(own + "/lib/python3.12/site-packages/cluster.pth", site + '\n')
        .package(own + "/lib/python3.12/site-packages",
                 "transformers",
                 "4.56.0",
                 {{"transformers/__init__.py", ""}})
        .package(site, "transformers", "4.46.3", {{"transformers/__init__.py", ""}})
        .package(site, "numpy", "2.1.3", {{"numpy/__init__.py", ""}})
        .file("/databricks/spark/python/pyspark/__init__.py", "")
        .container_variable("NVIDIA_VISIBLE_DEVICES", "all")
        .kernel_variable("HOME", "/root")
        .kernel_variable("PYTHONPATH", "/databricks/spark/python:/Workspace/Users/ada")
        .kernel_variable("VIRTUAL_ENV", own)
        .kernel_variable("PATH", own + "/bin:" + cluster + "/bin:/usr/bin:/bin");

    EXPECT_THAT(alarms(machine, {"py-pth-inject", "py-pythonpath-shadow", "py-venv-broken"}),
                IsEmpty());
}

// jupyter_client's and nb_conda_kernels' documents: kernelspecs that start a kernel by a wrapper,
// one of them beside the kernelspec itself, and kernels of other languages.
TEST(HealthyCluster, AHubWithKernelsByWrappers) {
    PlatformMachine machine;
    const std::string kernels = "/opt/conda/share/jupyter/kernels/";
    const std::string site = "/opt/conda/lib/python3.12/site-packages";
    machine
        .drives({.version = "560.35.05", .folder = debians_libraries},
                {{"0000:00:05.0", "0x1db4", "Tesla V100-PCIE-16GB"}})
        .has({site, "2.8.0+cu126", "12.6", pins_of_cuda_126})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries});
    machine.python("/opt/conda", "3.12")
        .link("/opt/conda/bin/python", "python3.12")
        .file("/opt/conda/conda-meta/history", "")
        .package(site, "numpy", "2.2.6", {{"numpy/__init__.py", ""}})
        .package(site,
                 "ipykernel",
                 "6.29.5",
                 {{"ipykernel/__init__.py", ""}, {"ipykernel/kernelspec.py", ""}})
        .file("/proc/100/cmdline",
              words({"/opt/conda/bin/python3.12", "/opt/conda/bin/jupyterhub-singleuser"}))
        .file("/proc/100/environ", words({"PATH=/opt/conda/bin:/usr/bin", "HOME=/home/jovyan"}))
        .mount("/home/jovyan", "nfs4")
        .container_variable("NVIDIA_VISIBLE_DEVICES", "all")
        .user(1000, "/home/jovyan");
    for (const std::string program : {"/opt/conda/bin/conda", "/usr/bin/bash", "/usr/bin/julia"}) {
        machine.file(program, "#!/bin/sh\n");
        std::filesystem::permissions(machine.root() + program, std::filesystem::perms(0755));
    }
    machine.file(kernels + "wrapped/start.sh", "#!/bin/sh\nexec python \"$@\"\n")
        .file(kernels + "wrapped/kernel.json",
              R"({"argv": ["{resource_dir}/start.sh", "-m", "ipykernel_launcher", "-f", )"
              R"("{connection_file}"], "display_name": "wrapped", "language": "python"})")
        .file(kernels + "prefixed/kernel.json",
              R"({"argv": ["{prefix}/bin/python", "-m", "ipykernel_launcher", "-f", )"
              R"("{connection_file}"], "display_name": "prefixed", "language": "python"})")
        .file(kernels + "ml/kernel.json",
              R"({"argv": ["conda", "run", "-n", "ml", "python", "-m", "ipykernel_launcher", )"
              R"("-f", "{connection_file}"], "display_name": "ml", "language": "python"})")
        .file(
            kernels + "shell/kernel.json",
            R"({"argv": ["bash", "-c", "exec python -m ipykernel_launcher -f {connection_file}"],)"
            R"( "display_name": "shell", "language": "python"})")
        .file(kernels + "julia-1.11/kernel.json",
              R"({"argv": ["/usr/bin/julia", "-i", "{connection_file}"], "language": "julia"})");
    std::filesystem::permissions(machine.root() + kernels + "wrapped/start.sh",
                                 std::filesystem::perms(0755));
    kernel_spec(machine, kernels + "python3", "python");

    EXPECT_THAT(
        alarms(machine, {"nb-kernelspec-shadow", "nb-kernel-other-python", "torch-arch-old-gpu"}),
        IsEmpty());
}

// An image that was made smaller: no tests, no compiled files, no scripts and no headers of what
// pip wrote, and folders beside the notebook that are called like packages.
TEST(HealthyCluster, AnImageThatWasMadeSmaller) {
    PlatformMachine machine;
    const std::string site = "/usr/local/lib/python3.12/site-packages";
    machine
        .drives({.version = "560.35.05", .folder = debians_libraries},
                {{"0000:00:1e.0", "0x27b8", "NVIDIA L4"}})
        .has({site, "2.8.0+cu126", "12.6", pins_of_cuda_126})
        .put({{debians_libraries + "/libstdc++.so.6", "cpp_3.4.30/libstdc++.so.6"}})
        .ldconfig({debians_libraries})
        .kernel({"/usr/local/bin/python3", "-m", "ipykernel_launcher", "-f", "/tmp/k.json"});
    machine.python("/usr/local", "3.12")
        .package(site,
                 "numpy",
                 "2.2.6",
                 {{"numpy/__init__.py", ""},
                  {"numpy/__pycache__/__init__.cpython-312.pyc", "x"},
                  {"numpy/tests/test_lazyloading.py", "x"},
                  {"numpy/_core/include/numpy/arrayobject.h", "x"},
                  {"../../../bin/f2py", "#!/usr/local/bin/python3\n"}})
        .package(site,
                 "tornado",
                 "6.5.1",
                 {{"tornado/__init__.py", ""}, {"tornado/test/web_test.py", "x"}})
        .package(site, "wandb", "0.21.3", {{"wandb/__init__.py", ""}})
        .package(site, "datasets", "4.0.0", {{"datasets/__init__.py", ""}})
        .remove(site + "/numpy/__pycache__")
        .remove(site + "/numpy/tests")
        .remove(site + "/numpy/_core")
        .remove(site + "/tornado/test")
        .remove("/usr/local/bin/f2py")
        .file("/work/wandb/run-20260101/files/output.log", "")
        .file("/work/datasets/train.csv", "")
        .link("/proc/200/cwd", "/work")
        .container_variable("NVIDIA_VISIBLE_DEVICES", "all")
        .kernel_variable("HOME", "/root")
        .kernel_variable("PYTHONDONTWRITEBYTECODE", "1")
        .kernel_variable("PATH", "/usr/local/bin:/usr/bin:/bin");

    EXPECT_THAT(alarms(machine, {"py-cwd-shadow", "torch-partial-install"}), IsEmpty());
}

}  // namespace
}  // namespace envkeep::gpu

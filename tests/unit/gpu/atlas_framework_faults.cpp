// SPDX-License-Identifier: MIT
#include "atlas_faults.hpp"
#include "notebook_machine.hpp"

#include <array>

// Which build of a framework a notebook imports, and whether it is for this driver and card.
namespace envkeep::testing {
namespace {

using Machine = GradientMachine;
using enum model::Severity;

const std::array faults{
    // `pip install torch` from an index of builds without CUDA.
    AtlasFault{"torch-cpu-only",
               Step::framework,
               error,
               [](Machine& m) { m.without_companions().torch(image_site, "2.1.1+cpu", ""); }},
    AtlasFault{"torch-user-site-shadow",
               Step::framework,
               error,
               [](Machine& m) { m.torch(user_site, "2.2.2+cpu", ""); },
               "torch-companion-mismatch"},
    AtlasFault{"torch-rocm-wheel",
               Step::framework,
               error,
               [](Machine& m) {
                   m.without_companions();
                   m.torch(image_site, "2.1.1+rocm5.6", "")
                       .file(image_site + "/torch/version.py",
                             "__version__ = '2.1.1+rocm5.6'\ndebug = False\ncuda: Optional[str] = "
                             "None\nhip: Optional[str] = '5.6.31061-8c743ae5d'\n");
               }},
    AtlasFault{"torch-two-installs",
               Step::framework,
               warning,
               [](Machine& m) { m.package(image_site, "torch", "2.0.1"); }},
    // The disk was full when it was installed.
    AtlasFault{"torch-partial-install",
               Step::framework,
               error,
               [](Machine& m) { m.file(image_site + "/torch/lib/libtorch_cuda.so", "cu"); }},
    AtlasFault{"torch-python-abi",
               Step::framework,
               error,
               [](Machine& m) {
                   m.torch(image_site, "2.1.1+cu121", "12.1", "cpython-310-x86_64-linux-gnu");
               }},
    AtlasFault{"torch-conda-cpu-build",
               Step::framework,
               error,
               [](Machine& m) {
                   m.python("/opt/conda", "3.11")
                       .file("/opt/conda/conda-meta/history", "")
                       .torch("/opt/conda/lib/python3.11/site-packages", "2.1.1", "")
                       .file("/opt/conda/conda-meta/pytorch-2.1.1-cpu_mkl_py311h6f4a2c1_100.json",
                             R"({"name": "pytorch", "version": "2.1.1",)"
                             R"( "build": "cpu_mkl_py311h6f4a2c1_100"})");
                   m.first_in("PATH", "/opt/conda/bin");
                   runs(m, "/opt/conda/bin/python3");
               }},
    AtlasFault{"tf-cpu-only",
               Step::framework,
               info,
               [](Machine& m) {
                   m.without_package("tensorflow")
                       .package(image_site, "tensorflow-cpu", "2.15.0")
                       .file(image_site + "/tensorflow/python/platform/build_info.py",
                             "build_info = collections.OrderedDict([('is_cuda_build', False), "
                             "('is_rocm_build', False)])\n");
               }},
    AtlasFault{"jax-cpu-only",
               Step::framework,
               info,
               [](Machine& m) {
                   m.package(image_site, "jax", "0.4.23", {{"jax/__init__.py", ""}})
                       .package(image_site, "jaxlib", "0.4.23", {{"jaxlib/__init__.py", ""}});
               }},
    AtlasFault{"jax-plugin-skew",
               Step::framework,
               warning,
               [](Machine& m) {
                   m.package(image_site, "jax", "0.4.30", {{"jax/__init__.py", ""}})
                       .package(image_site, "jaxlib", "0.4.30", {{"jaxlib/__init__.py", ""}})
                       .package(image_site, "jax-cuda12-plugin", "0.4.28")
                       .package(image_site, "jax-cuda12-pjrt", "0.4.28");
               }},
    AtlasFault{"torch-driver-too-old",
               Step::wheels_cuda,
               error,
               [](Machine& m) {
                   m.other_card("0x20b0").without_companions();  // A100
                   m.torch(image_site, "2.9.1+cu130", "13.0");
               },
               "tk-nvcc-torch-mismatch"},
    // `pip install -U torch`.
    AtlasFault{"torch-pypi-default-too-new",
               Step::wheels_cuda,
               error,
               [](Machine& m) {
                   m.other_card("0x20b0").without_companions();  // A100
                   m.torch(image_site, "2.11.0", "13.0")
                       .file(image_site + "/torch/version.py",
                             "__version__ = '2.11.0+cu130'\ncuda: Optional[str] = '13.0'\n"
                             "hip: Optional[str] = None\n");
               },
               "tk-nvcc-torch-mismatch"},
    AtlasFault{"torch-arch-old-gpu",
               Step::wheels_code,
               error,
               [](Machine& m) { m.without_companions().torch(image_site, "2.8.0+cu128", "12.8"); }},
    AtlasFault{"torch-arch-new-gpu",
               Step::wheels_code,
               error,
               [](Machine& m) {
                   m.other_card("0x2b85").host_driver("570.86.10");  // GeForce RTX 5090
                   m.file("/proc/driver/nvidia/version",
                          "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.10  "
                          "Release Build  (archlinux-builder@)\n");
               },
               "tf-arch-missing"},
    AtlasFault{"torch-kepler",
               Step::wheels_code,
               error,
               [](Machine& m) {
                   m.other_card("0x1023").host_driver("470.256.02").without_companions();  // K40m
                   m.torch(image_site, "2.1.1+cu118", "11.8");
               },
               "tf-arch-missing tf-driver-too-old tk-nvcc-torch-mismatch"},
    AtlasFault{"tf-arch-missing",
               Step::wheels_code,
               warning,
               [](Machine& m) {
                   m.file(image_site + "/tensorflow/python/platform/build_info.py",
                          "build_info = collections.OrderedDict([('cuda_compute_capabilities', "
                          "['sm_60', 'sm_70', 'sm_80', 'sm_89', 'compute_90']), ('cuda_version', "
                          "'12.2'), ('cudnn_version', '8'), ('is_cuda_build', True)])\n");
               }},
};

}  // namespace

std::span<const AtlasFault> atlas_framework_faults() {
    return faults;
}

}  // namespace envkeep::testing

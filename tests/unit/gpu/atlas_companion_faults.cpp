// SPDX-License-Identifier: MIT
#include "atlas_faults.hpp"

#include <array>

// What is used beside a framework: tools that compile, extensions, other packages.
namespace envkeep::testing {
namespace {

using Machine = GradientMachine;
using enum model::Severity;

// It compiles its parts when they are first used.
void add_deepspeed(Machine& m) {
    m.package(image_site, "deepspeed", "0.12.4", {{"deepspeed/__init__.py", ""}});
}

const std::array faults{
    AtlasFault{"tk-nvcc-torch-mismatch",
               Step::companions,
               warning,
               [](Machine& m) {
                   const std::string folder = "/usr/local/cuda-11.8";
                   m.file(folder + "/bin/nvcc", "ELF")
                       .file(folder + "/version.json", R"({"cuda": {"version": "11.8.0"}})")
                       .file(folder + "/nvvm/libdevice/libdevice.10.bc", "BC")
                       .file(folder + "/include/crt/host_config.h", "#if __GNUC__ > 11\n#error\n");
                   m.relink("/usr/local/cuda", "cuda-11.8");
                   add_deepspeed(m);
               }},
    AtlasFault{"tk-cuda-home-missing",
               Step::companions,
               warning,
               [](Machine& m) {
                   m.remove("/usr/local/cuda-12.0/bin");
                   m.relink("/usr/local/cuda", "cuda-12.9");
                   add_deepspeed(m);
               },
               "tk-libdevice-missing"},
    AtlasFault{"tk-libdevice-missing",
               Step::companions,
               warning,
               [](Machine& m) { m.remove("/usr/local/cuda-12.0/nvvm"); }},
    AtlasFault{"tk-gcc-too-new",
               Step::companions,
               warning,
               [](Machine& m) {
                   m.file("/usr/bin/gcc-13", "ELF");
                   m.relink("/usr/bin/gcc", "gcc-13");
                   add_deepspeed(m);
               }},
    AtlasFault{"tk-no-c-compiler",
               Step::companions,
               warning,
               [](Machine& m) {
                   m.remove("/usr/bin/gcc").remove("/usr/bin/gcc-11");
                   m.package(image_site, "vllm", "0.2.5", {{"vllm/__init__.py", ""}});
               }},
    AtlasFault{"tk-no-python-headers",
               Step::companions,
               warning,
               [](Machine& m) {
                   m.remove("/usr/include/python3.11");
                   m.package(image_site, "vllm", "0.2.5", {{"vllm/__init__.py", ""}});
               }},
    AtlasFault{"tk-ptx-newer-than-driver",
               Step::companions,
               warning,
               [](Machine& m) {
                   m.package(image_site, "numba", "0.60.0", {{"numba/__init__.py", ""}})
                       .package(image_site, "numba-cuda", "0.4.0")
                       .package(image_site, "nvidia-cuda-nvcc-cu12", "12.6.77");
               }},
    AtlasFault{"torch-companion-mismatch",
               Step::companions,
               error,
               [](Machine& m) {
                   m.without_package("torchvision")
                       .package(image_site,
                                "torchvision",
                                "0.17.0+cu121",
                                {{"torchvision/__init__.py", ""}},
                                {"numpy", "torch==2.2.0"});
               }},
    AtlasFault{"torch-numpy2",
               Step::companions,
               error,
               [](Machine& m) {
                   m.without_package("numpy").package(
                       image_site, "numpy", "2.0.1", {{"numpy/__init__.py", ""}});
               }},
    AtlasFault{"torch-triton-libcuda",
               Step::companions,
               warning,
               [](Machine& m) { m.uncached("libcuda.so.1").remove(libraries + "libcuda.so"); }},
    AtlasFault{"torch-extension-abi",
               Step::companions,
               error,
               [](Machine& m) {
                   m.put({{image_site + "/flash_attn_2_cuda.cpython-311-x86_64-linux-gnu.so",
                           "extension/wrong.so"}});
                   m.package(image_site,
                             "flash-attn",
                             "2.6.3+cu123torch2.4cxx11abiFALSE",
                             {{"flash_attn/__init__.py", ""}});
               }},
    AtlasFault{"bnb-lib-missing",
               Step::companions,
               warning,
               [](Machine& m) {
                   m.package(image_site,
                             "bitsandbytes",
                             "0.38.1",
                             {{"bitsandbytes/__init__.py", ""},
                              {"bitsandbytes/libbitsandbytes_cuda117.so", "x"},
                              {"bitsandbytes/libbitsandbytes_cuda118.so", "x"},
                              {"bitsandbytes/libbitsandbytes_cpu.so", "x"}});
               }},
    AtlasFault{"ort-two-packages",
               Step::companions,
               warning,
               [](Machine& m) {
                   m.package(image_site,
                             "onnxruntime-gpu",
                             "1.16.3",
                             {{"onnxruntime/__init__.py", ""},
                              {"onnxruntime/capi/onnxruntime_pybind11_state.so", "the GPU's"}})
                       .package(image_site, "onnxruntime", "1.16.3")
                       .file(image_site + "/onnxruntime/capi/onnxruntime_pybind11_state.so", "cpu");
               }},
    AtlasFault{"cupy-two-wheels",
               Step::companions,
               warning,
               [](Machine& m) {
                   m.package(image_site, "cupy-cuda12x", "12.3.0", {{"cupy/__init__.py", ""}})
                       .package(image_site, "cupy-cuda11x", "12.3.0");
               }},
};

}  // namespace

std::span<const AtlasFault> atlas_companion_faults() {
    return faults;
}

}  // namespace envkeep::testing
